/** What the page uses of it. */

interface Code {
  addData(data: string): void;
  make(): void;
  getModuleCount(): number;
  isDark(row: number, column: number): boolean;
}

/** @param version 1 to 40, or 0 for the smallest that holds the data */
export function qrcode(version: number, correction: "L" | "M" | "Q" | "H"): Code;
