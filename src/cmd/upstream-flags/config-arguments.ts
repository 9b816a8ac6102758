// Configuration files of node components, read as the flags that their fields stand for: the file first, so that the command line says
// more. Fields without a flag are known, so that a misspelt one is an error, and change nothing.
import { readFileSync } from 'node:fs'
import type { JsonObject, JsonValue } from '../../apimachinery/json-value.ts'
import { type ConfigKind, ConfigFileError, decodeConfigFile } from '../../apiserver/config-file/decode.ts'
import { type ConfigFields, configTypes } from '../../apiserver/config-file/types.ts'

/** Path of a field (`authentication.x509.clientCAFile`) -> its type as {@link ConfigFields} write it, and its flag if there is one. */
export type ConfigTable = Readonly<Record<string, readonly [type: string, flag?: string]>>

export interface ConfigFile {
  readonly kind: string
  readonly groupVersion: string
  readonly fields: ConfigTable
}

/**
 * @param argv of the component, in which `--config` names the file
 * @returns arguments to be put before them; none without `--config`
 * @throws {ConfigFileError} for a file that cannot be read, or is no such configuration
 */
export function configArguments(argv: readonly string[], config: ConfigFile): readonly string[] {
  const at = argv.findLastIndex((argument) => argument === '--config' || argument.startsWith('--config='))
  const file = at < 0 ? undefined : argv[at] === '--config' ? argv[at + 1] : argv[at]!.slice('--config='.length)
  if (!file) return []
  return argumentsOf(readText(file), config)
}

/** Exported for tests. @throws {ConfigFileError} */
export function argumentsOf(text: string, config: ConfigFile): readonly string[] {
  const object = decodeConfigFile(text, kindOf(config))
  return Object.entries(config.fields).flatMap(([path, [type, flag]]) => {
    const value = flag === undefined ? undefined : at(object, path)
    const written = value === undefined ? undefined : textOf(value, type)
    return written === undefined ? [] : [`--${flag}=${written}`]
  })
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (cause) {
    throw new ConfigFileError(`failed to load config file ${file}: ${(cause as Error).message}`, { cause })
  }
}

function kindOf({ kind, groupVersion, fields }: ConfigFile): ConfigKind {
  const types = new Map<string, Record<string, string>>()
  for (const [path, [type]] of Object.entries(fields)) {
    const steps = path.split('.')
    for (const [i, name] of steps.entries()) {
      const parent = i === 0 ? kind : steps.slice(0, i).join('.')
      const known = types.get(parent) ?? {}
      types.set(parent, { ...known, [name]: i === steps.length - 1 ? type : steps.slice(0, i + 1).join('.') })
    }
  }
  return { kind, groupVersions: [groupVersion], types: configTypes(Object.fromEntries(types) as Record<string, ConfigFields>, { root: kind }) }
}

function at(object: JsonObject, path: string): JsonValue | undefined {
  let value: JsonValue | undefined = object
  for (const step of path.split('.')) {
    if (value === null || typeof value !== 'object' || Array.isArray(value) || !Object.hasOwn(value, step)) return undefined
    value = (value as JsonObject)[step]
  }
  return value
}

/** Undefined for what upstream's defaulting replaces: absent values, and zero where it is no pointer. */
function textOf(value: JsonValue, type: string): string | undefined {
  if (value === null || value === undefined) return undefined
  if (!type.startsWith('*') && (value === 0 || value === '' || value === '0s')) return undefined
  if (Array.isArray(value))
    return value.map((each) => (typeof each === 'object' ? taintText(each as Readonly<Record<string, unknown>>) : String(each))).join(',')
  if (typeof value !== 'object') return String(value)
  return Object.entries(value)
    .map(([name, each]) => `${name}=${String(each)}`)
    .join(',')
}

/** As --register-with-taints writes it. */
const taintText = ({ key, value, effect }: Readonly<Record<string, unknown>>) => `${textIf(key)}${textIf(value) ? `=${textIf(value)}` : ''}:${textIf(effect)}`
const textIf = (value: unknown) => (typeof value === 'string' ? value : '')
