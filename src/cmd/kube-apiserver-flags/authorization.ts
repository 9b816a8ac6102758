// Who may do what. Source: k8s.io/kubernetes pkg/kubeapiserver/options/authorization.go.
import { statSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import type { Command } from 'commander'
import { durationMs } from '../../apimachinery/duration/duration.ts'
import { goQuote } from '../../apimachinery/go-quote.ts'
import { readPolicies } from '../../apiserver/authz/abac/policies.ts'
import {
  type AuthorizationConfiguration,
  type AuthorizerType,
  authorizerTypes,
  type ConfiguredAuthorizer,
  decodeAuthorizationConfiguration,
  toAuthorizationConfiguration,
  webhookDefaults,
} from '../../apiserver/authz/config/authorization-configuration.ts'
import { type FileCheck, validateAuthorizationConfiguration } from '../../apiserver/authz/config/validate.ts'
import { refuseConfigFile } from '../../apiserver/config-file/decode.ts'
import type { ApiServerOptions } from '../../apiserver/server-options.ts'
import { type ConfigWatching, watchConfigFile } from '../config-source.ts'

export interface AuthorizationFlags {
  readonly authorizationMode?: string
  readonly authorizationConfig?: string
  readonly authorizationPolicyFile?: string
  readonly authorizationWebhookConfigFile?: string
  readonly authorizationWebhookVersion?: string
  readonly authorizationWebhookCacheAuthorizedTtl?: string
  readonly authorizationWebhookCacheUnauthorizedTtl?: string
}

const modesDefault = 'Node,RBAC'
/** Upstream's of the flags; a file names its own. */
const webhookTimeoutMs = 30_000

export function addAuthorizationFlags(command: Command): Command {
  return command
    .option('--authorization-mode <modes>', `ordered list of ${authorizerTypes.join(', ')} (default: ${modesDefault})`)
    .option('--authorization-config <file>', 'AuthorizationConfiguration; takes the place of the other authorization flags, read again when it changes')
    .option('--authorization-policy-file <file>', 'policies of mode ABAC: one JSON object a line')
    .option('--authorization-webhook-config-file <file>', 'kubeconfig that names the webhook of mode Webhook')
    .option('--authorization-webhook-version <version>', 'of SubjectAccessReview: v1 or v1beta1 (default: v1beta1)')
    .option('--authorization-webhook-cache-authorized-ttl <duration>', `how long its allowances are kept (default: ${webhookDefaults.authorizedTTL})`)
    .option('--authorization-webhook-cache-unauthorized-ttl <duration>', `how long its refusals are kept (default: ${webhookDefaults.unauthorizedTTL})`)
}

/** @throws {Error} for flags that contradict each other, files that cannot be used */
export async function authorizationOptions(
  flags: AuthorizationFlags,
  watching: ConfigWatching,
): Promise<Pick<ApiServerOptions, 'authorizationModes' | 'authorization'>> {
  const { authorizationConfig: file, authorizationPolicyFile: policyFile } = flags
  const abac = policyFile ? { abacPolicies: readPolicies(await readFile(policyFile, 'utf8'), policyFile) } : {}
  if (file === undefined) return { authorizationModes: [], authorization: { config: { current: configurationOf(flags) }, ...abac } }
  if (flags.authorizationMode !== undefined || Object.entries(flags).some(([name, value]) => name.startsWith('authorizationWebhook') && value !== undefined)) {
    throw new Error('--authorization-config can not be specified when --authorization-mode or --authorization-webhook-* flags are defined')
  }
  return {
    authorizationModes: [],
    authorization: {
      config: await watchConfigFile({ ...watching, reloaded: watching.reloads('authorization'), file, load: loadAuthorizationConfiguration }),
      ...abac,
    },
  }
}

/** @throws {ConfigFileError} */
function loadAuthorizationConfiguration(text: string): AuthorizationConfiguration {
  const written = decodeAuthorizationConfiguration(text)
  refuseConfigFile(validateAuthorizationConfiguration(written, checkFile))
  return toAuthorizationConfiguration(written)
}

const checkFile: FileCheck = (path) => {
  try {
    return { isFile: statSync(path).isFile() }
  } catch (error) {
    return { error: (error as Error).message }
  }
}

/** The configuration that the flags stand for. @throws {Error} */
export function configurationOf(flags: AuthorizationFlags): AuthorizationConfiguration {
  const modes = (flags.authorizationMode ?? modesDefault).split(',').map((mode) => mode.trim())
  const { authorizationPolicyFile, authorizationWebhookConfigFile: webhookFile } = flags
  for (const mode of modes) {
    if (!authorizerTypes.some((type) => type === mode)) throw new Error(`authorization-mode ${goQuote(mode)} is not a valid mode`)
  }
  if (modes.includes('ABAC') && !authorizationPolicyFile) throw new Error("authorization-mode ABAC's authorization policy file not passed")
  if (modes.includes('Webhook') && !webhookFile) throw new Error("authorization-mode Webhook's authorization config file not passed")
  if (authorizationPolicyFile && !modes.includes('ABAC')) throw new Error('cannot specify --authorization-policy-file without mode ABAC')
  if (webhookFile && !modes.includes('Webhook')) throw new Error('cannot specify --authorization-webhook-config-file without mode Webhook')
  if (new Set(modes).size < modes.length) throw new Error(`authorization-mode [${modes.map(goQuote).join(' ')}] has mode specified more than once`)
  return { authorizers: modes.map((mode) => authorizerOf(mode as AuthorizerType, flags)) }
}

function authorizerOf(type: AuthorizerType, flags: AuthorizationFlags): ConfiguredAuthorizer {
  if (type !== 'Webhook') return { type, name: type.toLowerCase() }
  const version = flags.authorizationWebhookVersion ?? 'v1beta1'
  if (version !== 'v1' && version !== 'v1beta1') {
    throw new Error(`unsupported webhook authorizer version ${goQuote(version)}, supported versions are "v1", "v1beta1"`)
  }
  return {
    type,
    name: 'default',
    webhook: {
      kubeconfigFile: flags.authorizationWebhookConfigFile!,
      version,
      timeoutMs: webhookTimeoutMs,
      authorizedTtlMs: durationMs(flags.authorizationWebhookCacheAuthorizedTtl ?? webhookDefaults.authorizedTTL),
      unauthorizedTtlMs: durationMs(flags.authorizationWebhookCacheUnauthorizedTtl ?? webhookDefaults.unauthorizedTTL),
      failure: 'no-opinion',
      matchConditions: [],
    },
  }
}
