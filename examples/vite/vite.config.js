export default {
  base: "./",
  worker: { format: "es" },
  optimizeDeps: { exclude: ["omni-r1-web"] },
};
