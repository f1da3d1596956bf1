import {defineConfig} from 'vite';

export default defineConfig({
  base: './', // TensorBoard may be mounted anywhere: --path_prefix, notebooks, proxies
  publicDir: false,
  build: {
    outDir: '../tb_convergence/serve/static',
    emptyOutDir: true,
    target: 'es2022',
    cssCodeSplit: false,
    modulePreload: false, // a dynamic import() next to import.meta.url is enough
    assetsInlineLimit: 0, // TensorBoard's CSP blocks workers and fetches from data: and blob: URLs
    sourcemap: false,
    rollupOptions: {
      // App mode, not lib mode: the entry keeps `export {render}`, and workers come out as files beside it.
      input: {index: 'src/index.tsx'},
      preserveEntrySignatures: 'exports-only',
      output: {
        entryFileNames: '[name].js',
        chunkFileNames: 'chunk-[name]-[hash].js',
        assetFileNames: '[name]-[hash][extname]',
      },
    },
  },
  worker: {format: 'es', rollupOptions: {output: {entryFileNames: 'worker-[name]-[hash].js'}}},
});
