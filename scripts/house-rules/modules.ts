// Reads the source tree as a graph of modules: who imports what.
import { globSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'

export interface Import {
  readonly line: number
  /** A path below the root (`src/util/clock.ts`), a `node:` module or a package name. */
  readonly target: string
  readonly typeOnly: boolean
}

export interface Module {
  /** Below the root, with `/`. */
  readonly path: string
  readonly text: string
  readonly lineCount: number
  readonly imports: readonly Import[]
}

const statement =
  /^\s*(?:import|export)\s+(type\s)?[^'"`;]*?from\s+['"]([^'"]+)['"]|^\s*import\s+['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]\s*\)|new URL\(\s*['"](\.[^'"]+\.ts)['"]/gm

/** @param path of the importing module, below the root */
export function importsOf(path: string, text: string): Import[] {
  return [...text.matchAll(statement)].map((m) => {
    const specifier = m[2] ?? m[3] ?? m[4] ?? m[5]!
    const target = specifier.startsWith('.') ? normalize(join(dirname(path), specifier)) : specifier
    return { line: text.slice(0, m.index).split('\n').length, target, typeOnly: m[1] !== undefined }
  })
}

/** Every TypeScript module under `src` that people wrote. */
export function readModules(root: string): Module[] {
  return globSync('src/**/*.{ts,tsx}', { cwd: root })
    .filter((path) => !path.includes('/generated/'))
    .toSorted()
    .map((path) => {
      const text = readFileSync(join(root, path), 'utf8')
      return { path, text, lineCount: text.split('\n').length - 1, imports: importsOf(path, text) }
    })
}
