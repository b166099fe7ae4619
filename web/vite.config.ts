// Two sites from one source tree: the platform's pages (dist/platform, from index.html), which `yinxin`
// embeds, and the agent's popup (dist/agent, from agent.html), which `yinxin-agent` embeds.
// `vite build` makes the first, `vite build --mode agent` the second; they share no file at run time.

import vue from '@vitejs/plugin-vue'
import { defineConfig } from 'vite'
import { elementStyles } from './build/elementStyles.ts'
import { relativeText } from './build/relativeText.ts'

export default defineConfig(({ mode }) => ({
  plugins: [vue(), elementStyles()],
  css: { postcss: { plugins: [relativeText()] } },
  publicDir: mode === 'agent' ? false : 'public',
  build: {
    outDir: mode === 'agent' ? 'dist/agent' : 'dist/platform',
    emptyOutDir: true,
    // The browsers that 360 and the 信创 systems ship are some years old.
    target: 'es2020',
    // A data: URL is no 'self': small pictures stay files, so that the policy needs no exception for them.
    assetsInlineLimit: 0,
    // The polyfill would be a script of its own for browsers that es2020 excludes already.
    modulePreload: { polyfill: false },
    manifest: true,
    rollupOptions:
      mode === 'agent'
        ? { input: 'agent.html' }
        : {
            input: { index: 'index.html', 'yinxin-sof': 'src/sof/index.ts' },
            // Pages import the module by an address that stays, and by its exported names.
            preserveEntrySignatures: 'exports-only',
            output: {
              // What every page needs, and the login's fields, in one file: many small ones compress worse, and each name is paid for.
              codeSplitting: { groups: [{ name: 'core', test: /node_modules\/(@vue|vue|vue-router)\/|element-plus\/es\/components\/(button|input|tabs)\/(?!style)|\/src\/(api\/(client|problem)|i18n|platform|session|largeText|safeNext|lib\/colour|ui\/(AppIcon|PageHead|FormField|ProblemNotice))/ }] },
              entryFileNames: (chunk) => (chunk.name === 'yinxin-sof' ? 'sof/[name].js' : 'assets/[name]-[hash].js'),
            },
          },
  },
  server: {
    // Pages from Vite, everything else from a `yinxin serve` beside it.
    proxy: { '/api': { target: process.env.YINXIN_SERVER ?? 'http://127.0.0.1:8080', changeOrigin: false } },
  },
  define: {
    __VUE_OPTIONS_API__: 'true',
    __VUE_PROD_DEVTOOLS__: 'false',
    __VUE_PROD_HYDRATION_MISMATCH_DETAILS__: 'false',
  },
}))
