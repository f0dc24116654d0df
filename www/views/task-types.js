/** Plain names for the taskTypes of tasks that the page can draw by itself. */

/** @type {Record<string, string>} */
const NAMES = {
  N1: "find it in a photo",
  N2: "what is there?",
  N3: "is it there?",
  N4: "left or right of?",
  S1: "read a bar chart",
  S2: "compare bars",
  S3: "how much taller?",
  S4: "read a line chart",
  S5: "read a pie chart",
  D1: "count shapes",
  D2: "count corners",
  D3: "name the angle",
  D4: "follow the lines",
  D5: "shaded part",
  V1: "solve a maze",
  V2: "cross the ice",
  V3: "fill the hole",
  V4: "push the box",
  V5: "take discs away",
};

/** @param {string} taskType */
export function typeName(taskType) {
  return NAMES[taskType] ?? taskType;
}
