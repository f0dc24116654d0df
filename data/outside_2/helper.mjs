// Draws with programs of the Node world: one JSON job a line in, one JSON answer (a PNG as base64) a line out.
// node helper.mjs <folder with node_modules> <font files as JSON: {"Family": "file"}>
import { createRequire } from "node:module";
import readline from "node:readline";
import path from "node:path";

const require = createRequire(path.join(process.argv[2], "any.js"));
const fonts = JSON.parse(process.argv[3]);
const { Resvg } = require("@resvg/resvg-js");
const { createCanvas, GlobalFonts } = require("@napi-rs/canvas");
const rough = require("roughjs");
const { getStroke } = require("perfect-freehand");
const echarts = require("echarts");
const { Chart } = require("chart.js/auto");
Object.entries(fonts).forEach(([family, file]) => GlobalFonts.registerFromPath(file, family));

const raster = (svg, family) =>
  new Resvg(svg, {
    font: { fontFiles: Object.values(fonts), loadSystemFonts: false, defaultFontFamily: family || "DejaVu Sans" },
  }).render().asPng();

function drawEcharts({ w, h, option, font }) {
  const chart = echarts.init(null, null, { renderer: "svg", ssr: true, width: w, height: h });
  chart.setOption({ animation: false, ...option });
  const svg = chart.renderToSVGString();
  chart.dispose();
  return raster(svg, font);
}

function drawChartjs({ w, h, config, ground, font, size, ink }) {
  Chart.defaults.font.family = font;
  Chart.defaults.font.size = size;
  Chart.defaults.color = ink;
  const canvas = createCanvas(w, h);
  const paper = {
    id: "paper",
    beforeDraw: ({ ctx }) => {
      ctx.fillStyle = ground;
      ctx.fillRect(0, 0, w, h);
    },
  };
  const options = { responsive: false, animation: false, devicePixelRatio: 1, ...config.options };
  const chart = new Chart(canvas, { ...config, options, plugins: [paper] });
  const png = canvas.toBuffer("image/png");
  chart.destroy();
  return png;
}

function trace(ctx, points, closed) {
  ctx.beginPath();
  points.forEach(([x, y], i) => (i ? ctx.lineTo(x, y) : ctx.moveTo(x, y)));
  if (closed) ctx.closePath();
}

function drawCanvas({ w, h, ground, items }) {
  const canvas = createCanvas(w, h);
  const ctx = canvas.getContext("2d");
  ctx.fillStyle = ground;
  ctx.fillRect(0, 0, w, h);
  ctx.lineJoin = ctx.lineCap = "round";
  for (const item of items) {
    if (item.kind === "text") {
      ctx.font = `${item.size}px "${item.font}"`;
      ctx.textAlign = { start: "left", middle: "center", end: "right" }[item.anchor];
      ctx.textBaseline = "middle";
      ctx.fillStyle = item.fill;
      ctx.fillText(item.text, item.x, item.y);
      continue;
    }
    if (item.kind === "circle") {
      ctx.beginPath();
      ctx.arc(item.x, item.y, item.r, 0, 2 * Math.PI);
    } else trace(ctx, item.points, item.kind === "polygon");
    if (item.fill) {
      ctx.fillStyle = item.fill;
      ctx.fill();
    }
    if (item.stroke) {
      ctx.strokeStyle = item.stroke;
      ctx.lineWidth = item.width;
      ctx.stroke();
    }
  }
  return canvas.toBuffer("image/png");
}

const written = (item) =>
  `<text x="${item.x}" y="${item.y + item.size * 0.35}" font-family="${item.font}" font-size="${item.size}" ` +
  `fill="${item.fill}" text-anchor="${item.anchor}">${item.text}</text>`;
const page = (w, h, ground, body) =>
  `<svg xmlns="http://www.w3.org/2000/svg" width="${w}" height="${h}"><rect width="${w}" height="${h}" ` +
  `fill="${ground}"/>${body.join("")}</svg>`;

function drawRough({ w, h, ground, items, style, seed }) {
  const make = rough.generator();
  const body = items.map((item, i) => {
    if (item.kind === "text") return written(item);
    const look = {
      ...style,
      seed: ((seed + i * 7919) % 2147483646) + 1,
      stroke: item.stroke || item.fill,
      strokeWidth: item.width || 1.5,
    };
    if (item.fill) look.fill = item.fill;
    if (item.solid) look.fillStyle = "solid";
    const shape =
      item.kind === "circle" ? make.circle(item.x, item.y, 2 * item.r, look)
      : item.kind === "polygon" ? make.polygon(item.points, look)
      : make.linearPath(item.points, look);
    return make.toPaths(shape).map((p) =>
      `<path d="${p.d}" stroke="${p.stroke}" stroke-width="${p.strokeWidth}" fill="${p.fill || "none"}"/>`).join("");
  });
  return raster(page(w, h, ground, body), "Intuitive");
}

function outline(points, options) {
  const ring = getStroke(points, { last: true, ...options });
  return ring.length ? `M${ring.map(([x, y]) => `${x.toFixed(2)} ${y.toFixed(2)}`).join("L")}Z` : "";
}

// Strokes as a pen makes them; the caller has shaken their points already.
function drawFreehand({ w, h, ground, items, style }) {
  const body = items.map((item) => {
    if (item.kind === "text") return written(item);
    if (item.kind === "area") {
      const points = item.points.map(([x, y]) => `${x} ${y}`).join("L");
      return `<path d="M${points}Z" fill="${item.fill}"/>`;
    }
    return `<path d="${outline(item.points, { ...style, size: item.width })}" fill="${item.stroke}"/>`;
  });
  return raster(page(w, h, ground, body), "Intuitive");
}

const draw = {
  echarts: drawEcharts, chartjs: drawChartjs, canvas: drawCanvas, rough: drawRough, freehand: drawFreehand,
  svg: ({ svg, font }) => raster(svg, font),
};

for await (const line of readline.createInterface({ input: process.stdin })) {
  let answer;
  try {
    const job = JSON.parse(line);
    answer = { png: Buffer.from(draw[job.program](job)).toString("base64") };
  } catch (error) {
    answer = { error: String(error.stack || error) };
  }
  process.stdout.write(JSON.stringify(answer) + "\n");
}
