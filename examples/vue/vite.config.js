import vue from "@vitejs/plugin-vue";

export default {
  base: "./",
  plugins: [vue({ template: { compilerOptions: { isCustomElement: (tag) => tag === "omni-r1" } } })],
  worker: { format: "es" },
  optimizeDeps: { exclude: ["omni-r1-web"] },
};
