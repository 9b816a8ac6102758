// Configuration of admission: the file that --admission-control-config-file names, and what it holds for each plugin.
// Source: k8s.io/apiserver pkg/admission/config.go, pkg/apis/apiserver/v1.
import { newCodec } from '../../apimachinery/codec/new-codec.ts'
import type { JsonObject, JsonValue } from '../../apimachinery/json-value.ts'
import { type ConfigKind, decodeConfigFile } from '../config-file/decode.ts'
import { configTypes } from '../config-file/types.ts'

const admissionConfiguration: ConfigKind = {
  kind: 'AdmissionConfiguration',
  groupVersions: ['apiserver.config.k8s.io/v1', 'apiserver.k8s.io/v1alpha1'],
  types: configTypes(
    {
      AdmissionConfiguration: { plugins: '[]AdmissionPluginConfiguration' },
      AdmissionPluginConfiguration: { name: 'string', path: 'string', configuration: 'any' },
    },
    { root: 'AdmissionConfiguration' },
  ),
}

/** For what has no types. */
const untyped = newCodec(new Map())

/** Plugins whose configuration files have no version; such a file may stand for the whole. */
const unversioned: ReadonlyMap<string, string> = new Map([
  ['imagePolicy', 'ImagePolicyWebhook'],
  ['podNodeSelectorPluginConfig', 'PodNodeSelector'],
])

/** Where a plugin's configuration is: text, or a file beside the admission configuration. */
export type ConfigurationSource = { readonly text: string } | { readonly path: string }

interface PluginEntry {
  readonly name?: string
  readonly path?: string
  readonly configuration?: JsonValue
}

/**
 * @param text of the file that --admission-control-config-file names
 * @returns plugin -> its configuration
 * @throws {ConfigFileError}
 */
export function readAdmissionConfiguration(text: string): ReadonlyMap<string, ConfigurationSource> {
  const legacy = legacyConfiguration(text)
  if (legacy) return legacy
  const { plugins = [] } = decodeConfigFile(text, admissionConfiguration) as { readonly plugins?: readonly PluginEntry[] }
  const sources = new Map<string, ConfigurationSource>()
  for (const { name = '', path, configuration } of plugins) {
    if (sources.has(name)) continue
    if (configuration !== undefined && configuration !== null) sources.set(name, { text: untyped.encodeJson(configuration as JsonObject) })
    else if (path) sources.set(name, { path })
  }
  return sources
}

function legacyConfiguration(text: string): ReadonlyMap<string, ConfigurationSource> | undefined {
  let value: JsonValue
  try {
    value = untyped.parseYaml(text).value
  } catch {
    return undefined // what is wrong with it is said when it is decoded
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value) || Object.hasOwn(value, 'kind')) return undefined
  const found = [...unversioned].filter(([key]) => Object.hasOwn(value, key))
  return found.length ? new Map(found.map(([, plugin]) => [plugin, { text }])) : undefined
}
