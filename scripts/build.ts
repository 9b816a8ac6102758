// node scripts/build.ts: src -> dist. One bundle with lazily loaded chunks: `cox` (the command), `index` (the library) and the
// store's worker thread. Dependencies are bundled too, so that a start opens few files.
import { readFile, rm, utimes } from 'node:fs/promises'
import { join } from 'node:path'
import { build as bundle, type Plugin } from 'esbuild'

const root = join(import.meta.dirname, '..')

/** Workers are started by URL, which a bundler does not follow: point them at their own entry in dist. */
const workers: Plugin = {
  name: 'workers',
  setup(build) {
    build.onLoad({ filter: /src\/.*\.ts$/ }, async ({ path }) => {
      const text = await readFile(path, 'utf8')
      const contents = text.replaceAll(/new URL\('\.\/(.*worker)\.ts', import\.meta\.url\)/g, (_, name: string) => {
        return `new URL('./${name === 'worker' ? 'storage-worker' : name}.js', import.meta.url)`
      })
      return contents === text ? undefined : { contents, loader: 'ts' }
    })
  },
}

await rm(join(root, 'dist'), { recursive: true, force: true })
await bundle({
  absWorkingDir: root,
  entryPoints: {
    cox: 'src/cmd/main.ts',
    index: 'src/index.ts',
    'storage-worker': 'src/storage/drivers/sqlite/worker.ts',
    'decode-worker': 'src/apiserver/endpoints/large-bodies/decode-worker.ts',
  },
  outdir: 'dist',
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  mainFields: ['module', 'main'],
  target: 'node24',
  sourcemap: true,
  banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
  plugins: [workers],
  logLevel: 'warning',
})
await utimes(join(root, 'dist/cox.js'), new Date(), new Date())
