import { StrictMode, useState } from "react";
import { createRoot } from "react-dom/client";
import "omni-r1-web";

function Question({ picture, question }) {
  const [answer, setAnswer] = useState("");
  return (
    <>
      <omni-r1 picture={picture} question={question} onomni-answer={(event) => setAnswer(event.detail.text)} />
      <output>{answer}</output>
    </>
  );
}

createRoot(document.getElementById("app")).render(
  <StrictMode>
    <Question picture="maze.png" question="how do i get from orange to purple?" />
  </StrictMode>,
);
