// kube-apiserver's flags about admission, and the files that they name.
import { readFile } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import type { Command } from 'commander'
import { type PluginSelection, pluginNames, pluginsOnByDefault, selectionErrors } from '../../apiserver/admission-plugins.ts'
import { type ConfigurationSource, readAdmissionConfiguration } from '../../apiserver/admission/configuration.ts'
import { ConfigFileError } from '../../apiserver/config-file/decode.ts'
import { imagePolicyConfiguration } from '../../apiserver/admission/image-policy-webhook/configuration.ts'
import type { ImageReviewBackend } from '../../apiserver/admission/image-policy-webhook/review.ts'
import { newImageReviewBackend } from '../../apiserver/webhook/image-review-backend.ts'
import { connectionOf } from '../../client/kubeconfig/connection.ts'
import { readKubeconfig } from '../../client/kubeconfig/files.ts'
import { aggregateMessages } from '../../apimachinery/field-errors.ts'

export interface AdmissionFlags {
  readonly enableAdmissionPlugins: readonly string[]
  readonly disableAdmissionPlugins: readonly string[]
  readonly admissionControlConfigFile?: string
  readonly defaultNotReadyTolerationSeconds: string
  readonly defaultUnreachableTolerationSeconds: string
}

/** A list, comma separated; the flag may be repeated. */
function names(value: string, before: readonly string[]): readonly string[] {
  const found = value.split(',').map((part) => part.trim())
  return [...before, ...found.filter((part) => part !== '')]
}

export function addAdmissionFlags(command: Command): Command {
  const all = `comma-delimited list of admission plugins: ${pluginNames.toSorted().join(', ')}; their order does not matter`
  return command
    .option('--enable-admission-plugins <names>', `enabled beside those on by default (${pluginsOnByDefault.join(', ')}); ${all}`, names, [])
    .option('--disable-admission-plugins <names>', `disabled although they are on by default (${pluginsOnByDefault.join(', ')}); ${all}`, names, [])
    .option('--admission-control-config-file <file>', 'file with admission control configuration')
    .option('--default-not-ready-toleration-seconds <seconds>', 'of the toleration for not-ready:NoExecute that pods get which have none', '300')
    .option('--default-unreachable-toleration-seconds <seconds>', 'of the toleration for unreachable:NoExecute that pods get which have none', '300')
}

/** @throws {ConfigFileError} for unknown plugins, and for files that cannot be read or are no configuration */
export async function admissionOptions(flags: AdmissionFlags): Promise<PluginSelection> {
  const selection: PluginSelection = {
    enabled: flags.enableAdmissionPlugins,
    disabled: flags.disableAdmissionPlugins,
    tolerationSeconds: {
      notReady: seconds('default-not-ready-toleration-seconds', flags.defaultNotReadyTolerationSeconds),
      unreachable: seconds('default-unreachable-toleration-seconds', flags.defaultUnreachableTolerationSeconds),
    },
  }
  const errors = selectionErrors(selection)
  if (errors.length) throw new ConfigFileError(aggregateMessages(errors))
  const file = flags.admissionControlConfigFile
  if (!file) return selection
  const configuration = await configurationOf(file)
  const backend = selection.enabled.includes(imagePolicy) ? await imageReviewBackend(configuration.get(imagePolicy)) : undefined
  return { ...selection, configuration, ...(backend ? { imageReviewBackend: backend } : {}) }
}

const imagePolicy = 'ImagePolicyWebhook'

/** The backend that the plugin's kubeconfig leads to. @throws {ConfigFileError} */
async function imageReviewBackend(text: string | undefined): Promise<ImageReviewBackend> {
  try {
    const { kubeConfigFile } = imagePolicyConfiguration(text)
    const kubeconfig = await readKubeconfig(kubeConfigFile)
    if (!kubeconfig) throw new ConfigFileError(`stat ${kubeConfigFile}: no such file or directory`)
    // A file with one cluster and one user needs no context, as upstream's example has none.
    const [cluster, user] = [kubeconfig.clusters[0]?.name, kubeconfig.users[0]?.name]
    const only = { name: 'only', context: { cluster: cluster ?? '', user: user ?? '' } }
    const named = kubeconfig['current-context']
    return newImageReviewBackend(connectionOf(named ? kubeconfig : { ...kubeconfig, contexts: [only], 'current-context': 'only' }).transport)
  } catch (cause) {
    throw new ConfigFileError(`failed to apply admission: couldn't init admission plugin "${imagePolicy}": ${(cause as Error).message}`, { cause })
  }
}

function seconds(flag: string, text: string): number {
  if (/^-?\d{1,15}$/.test(text)) return Number(text)
  throw new ConfigFileError(`invalid argument "${text}" for "--${flag}" flag: strconv.ParseInt: parsing "${text}": invalid syntax`)
}

/** @returns plugin -> text of its configuration */
async function configurationOf(file: string): Promise<ReadonlyMap<string, string>> {
  try {
    const text = await readText(file, (why) => `unable to read admission control configuration from "${file}" [${why}]`)
    const sources = [...readAdmissionConfiguration(text)]
    return new Map(await Promise.all(sources.map(async ([plugin, source]) => [plugin, await textOf(source, file)] as const)))
  } catch (cause) {
    if (!(cause instanceof ConfigFileError)) throw cause
    throw new ConfigFileError(`failed to apply admission: failed to read plugin config: ${cause.message}`, { cause })
  }
}

/** Paths are relative to the file that names them. */
async function textOf(source: ConfigurationSource, file: string): Promise<string> {
  if ('text' in source) return source.text
  const path = resolve(dirname(file), source.path)
  return readText(path, (why) => `Couldn't open admission plugin configuration ${path}: ${why}`)
}

async function readText(path: string, message: (why: string) => string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (cause) {
    const why = (cause as NodeJS.ErrnoException).code === 'ENOENT' ? `open ${path}: no such file or directory` : (cause as Error).message
    throw new ConfigFileError(message(why), { cause })
  }
}
