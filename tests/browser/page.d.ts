/** What the tests put into the page for themselves. */

interface Window {
  client: any;
  news: any[];
  answers: number[];
  errors: any[];
  stream: MediaStream;
  deviceToLose: any;
}

declare const axe: any;

interface HTMLElementTagNameMap {
  "omni-r1": any;
}
