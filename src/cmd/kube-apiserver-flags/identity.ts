// Who one is, but for proxies and bootstrap tokens (authentication.ts). Source: k8s.io/kubernetes pkg/kubeapiserver/options/authentication.go.
import { readFile } from 'node:fs/promises'
import type { Command } from 'commander'
import { boolFlag } from '../bool-flag.ts'
import { durationMs } from '../../apimachinery/duration/duration.ts'
import { aggregate } from '../../apimachinery/field-errors.ts'
import { goQuote } from '../../apimachinery/go-quote.ts'
import {
  type AuthenticationConfiguration,
  decodeAuthenticationConfiguration,
  jwtIssuer,
  toAuthenticationConfiguration,
  type WrittenJwtAuthenticator,
} from '../../apiserver/authn/config/authentication-configuration.ts'
import { validateAuthenticationConfiguration, validateJwtAuthenticator } from '../../apiserver/authn/config/validate.ts'
import { isJwsAlgorithm, type JwsAlgorithm } from '../../apiserver/authn/jws.ts'
import { ConfigFileError, refuseConfigFile } from '../../apiserver/config-file/decode.ts'
import type { ApiServerOptions } from '../../apiserver/server-options.ts'
import { type ConfigWatching, watchConfigFile } from '../config-source.ts'
import { collect } from './flag-values.ts'

export interface IdentityFlags {
  readonly anonymousAuth?: boolean
  readonly authenticationConfig?: string
  readonly oidcIssuerUrl?: string
  readonly oidcClientId?: string
  readonly oidcCaFile?: string
  readonly oidcUsernameClaim?: string
  readonly oidcUsernamePrefix?: string
  readonly oidcGroupsClaim?: string
  readonly oidcGroupsPrefix?: string
  readonly oidcRequiredClaim?: readonly string[]
  readonly oidcSigningAlgs?: string
  readonly authenticationTokenWebhookConfigFile?: string
  readonly authenticationTokenWebhookVersion: string
  readonly authenticationTokenWebhookCacheTtl: string
  readonly serviceAccountLookup: boolean
  readonly serviceAccountExtendTokenExpiration: boolean
  readonly serviceAccountJwksUri?: string
  readonly serviceAccountMaxTokenExpiration?: string
}

export function addIdentityFlags(command: Command): Command {
  return command
    .addOption(boolFlag('--anonymous-auth', 'whether requests without credentials are system:anonymous (default: true)'))
    .option('--authentication-config <file>', 'AuthenticationConfiguration: JWT issuers and anonymous paths; read again when it changes')
    .option('--oidc-issuer-url <url>', 'OpenID issuer whose tokens are believed; https')
    .option('--oidc-client-id <id>', 'audience that its tokens must have')
    .option('--oidc-ca-file <file>', "authorities of the issuer's certificate (PEM); default: the system's roots")
    .option('--oidc-username-claim <claim>', 'claim that is the user name (default: sub)')
    .option('--oidc-username-prefix <prefix>', 'goes before user names; default: the issuer and #, but for claim email; - for none')
    .option('--oidc-groups-claim <claim>', 'claim that holds the groups')
    .option('--oidc-groups-prefix <prefix>', 'goes before groups')
    .option('--oidc-required-claim <key=value>', 'claim that tokens must have; may be repeated', collect)
    .option('--oidc-signing-algs <names>', 'accepted algorithms (default: RS256)')
    .option('--authentication-token-webhook-config-file <file>', 'kubeconfig that names a webhook which knows tokens')
    .option('--authentication-token-webhook-version <version>', 'of TokenReview: v1 or v1beta1', 'v1beta1')
    .option('--authentication-token-webhook-cache-ttl <duration>', 'how long its answers are kept', '2m0s')
    .addOption(boolFlag('--service-account-lookup', 'whether tokens of secrets must be in their secret still', true))
    .addOption(boolFlag('--service-account-extend-token-expiration', "whether pods' own tokens are good for a year, whatever they ask for", true))
    .option('--service-account-jwks-uri <url>', "where the keys of tokens are, as the discovery document says; default: this server's /openid/v1/jwks")
    .option('--service-account-max-token-expiration <duration>', 'longest validity of a service account token; between 1h and 2^32 s')
}

type Options = Pick<ApiServerOptions, 'anonymousAuth' | 'authenticationConfig' | 'tokenWebhook'> & {
  readonly tokens: Pick<ApiServerOptions['serviceAccount'], 'lookup' | 'extendTokenExpiration' | 'maxTokenExpirationSeconds'>
}

/** @throws {Error} for flags that contradict each other, files that cannot be used */
export async function identityOptions(flags: IdentityFlags, serviceAccountIssuers: readonly string[], watching: ConfigWatching): Promise<Options> {
  const { authenticationConfig: file } = flags
  const maxTokenExpirationSeconds = maxExpirationSeconds(flags)
  const load = (text: string) => loadAuthenticationConfiguration(text, serviceAccountIssuers, flags.anonymousAuth !== undefined)
  if (file !== undefined && Object.entries(flags).some(([name, value]) => name.startsWith('oidc') && value !== undefined)) {
    throw new Error('authentication-config file and oidc-* flags are mutually exclusive')
  }
  const issuer = await oidcIssuer(flags, serviceAccountIssuers)
  const authenticationConfig =
    file !== undefined
      ? await watchConfigFile({ ...watching, reloaded: watching.reloads('authentication'), file, load })
      : issuer && { current: { jwt: [issuer] } }
  const webhook = tokenWebhook(flags)
  return {
    anonymousAuth: flags.anonymousAuth ?? true,
    ...(authenticationConfig ? { authenticationConfig } : {}),
    ...(webhook ? { tokenWebhook: webhook } : {}),
    tokens: {
      lookup: flags.serviceAccountLookup,
      extendTokenExpiration: flags.serviceAccountExtendTokenExpiration,
      ...(maxTokenExpirationSeconds === undefined ? {} : { maxTokenExpirationSeconds }),
    },
  }
}

/** @throws {ConfigFileError} */
function loadAuthenticationConfiguration(text: string, serviceAccountIssuers: readonly string[], isAnonymousFlagSet: boolean): AuthenticationConfiguration {
  const written = decodeAuthenticationConfiguration(text)
  refuseConfigFile(validateAuthenticationConfiguration(written, serviceAccountIssuers))
  if (written.anonymous && isAnonymousFlagSet) {
    throw new ConfigFileError('--anonymous-auth flag cannot be set when anonymous field is configured in authentication configuration file')
  }
  return toAuthenticationConfiguration(written)
}

/** What the --oidc-* flags stand for. @throws {Error} */
async function oidcIssuer(flags: IdentityFlags, serviceAccountIssuers: readonly string[]) {
  const { oidcIssuerUrl: url = '', oidcClientId: clientId = '', oidcCaFile: caFile } = flags
  if ((url === '') !== (clientId === '')) throw new Error('oidc-issuer-url and oidc-client-id must be specified together when any oidc-* flags are set')
  if (url === '') return undefined
  const written = oidcAuthenticator(flags, caFile ? await readFile(caFile, 'utf8') : undefined)
  const errors = validateJwtAuthenticator(written, '', serviceAccountIssuers)
  if (errors.length > 0) throw new Error(aggregate(errors))
  return jwtIssuer(written, signingAlgorithms(flags.oidcSigningAlgs ?? 'RS256'))
}

/** User names of an issuer begin with its URL, unless they are e-mail addresses or flags say otherwise. Exported for tests. */
export function oidcAuthenticator(flags: IdentityFlags, certificateAuthority: string | undefined): WrittenJwtAuthenticator {
  const { oidcIssuerUrl: url = '', oidcClientId = '', oidcUsernameClaim = 'sub', oidcUsernamePrefix = '', oidcGroupsClaim, oidcGroupsPrefix = '' } = flags
  const prefix = oidcUsernamePrefix === '-' ? '' : oidcUsernamePrefix || (oidcUsernameClaim === 'email' ? '' : `${url}#`)
  return {
    issuer: { url, audiences: [oidcClientId], ...(certificateAuthority === undefined ? {} : { certificateAuthority }) },
    claimMappings: {
      username: { claim: oidcUsernameClaim, prefix },
      ...(oidcGroupsClaim ? { groups: { claim: oidcGroupsClaim, prefix: oidcGroupsPrefix } } : {}),
    },
    claimValidationRules: (flags.oidcRequiredClaim ?? []).map((pair) => {
      const at = pair.indexOf('=')
      if (at < 0) throw new Error(`malformed pair, expect string=string: ${pair}`)
      return { claim: pair.slice(0, at), requiredValue: pair.slice(at + 1) }
    }),
  }
}

function signingAlgorithms(names: string): readonly JwsAlgorithm[] {
  return names.split(',').map((name) => {
    const algorithm = name.trim()
    if (isJwsAlgorithm(algorithm)) return algorithm
    throw new Error(`oidc: unsupported signing alg: ${goQuote(algorithm)}`)
  })
}

function tokenWebhook(flags: IdentityFlags): ApiServerOptions['tokenWebhook'] {
  const { authenticationTokenWebhookConfigFile: kubeconfigFile, authenticationTokenWebhookVersion: version } = flags
  if (!kubeconfigFile) return undefined
  if (version !== 'v1' && version !== 'v1beta1') {
    throw new Error(`unsupported webhook authenticator version ${goQuote(version)}, supported versions are "v1", "v1beta1"`)
  }
  return { kubeconfigFile, version, cacheTtlMs: durationMs(flags.authenticationTokenWebhookCacheTtl) }
}

function maxExpirationSeconds({ serviceAccountMaxTokenExpiration: text }: IdentityFlags): number | undefined {
  const seconds = text === undefined ? 0 : durationMs(text) / 1000
  if (seconds === 0) return undefined
  if (seconds >= 3600 && seconds <= 2 ** 32) return Math.floor(seconds)
  throw new Error('the service-account-max-token-expiration must be between 1 hour and 2^32 seconds')
}
