from omni_scale.command import main

main()
