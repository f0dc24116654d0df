// What arrays are made of: rows that are ALIGNED, multiples of four long, are read four elements at a time.
#if ALIGNED
alias Element = vec4f;
#else
alias Element = f32;
#end
