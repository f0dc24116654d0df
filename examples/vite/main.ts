import "omni-r1-web";

const element = document.querySelector("omni-r1")!;
const output = document.querySelector("output")!;

document.querySelector("button")!.addEventListener("click", async () => {
  for await (const event of element.ask({ picture: "maze.png", question: "how do i get from orange to purple?", seed: 7 })) {
    if (event.type === "answer") output.textContent = event.text;
    if (event.type === "error") output.textContent = `${event.message} ${event.hint}`;
  }
});
