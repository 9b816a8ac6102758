// --requestheader-* and --enable-bootstrap-token-auth. Source: pkg/kubeapiserver/options/authentication.go.
import type { Command } from 'commander'
import { boolFlag } from '../bool-flag.ts'
import type { ApiServerOptions } from '../../apiserver/server-options.ts'

interface Flags {
  readonly enableBootstrapTokenAuth?: boolean
  readonly requestheaderClientCaFile?: string
  readonly requestheaderAllowedNames?: string
  readonly requestheaderUsernameHeaders?: string
  readonly requestheaderUidHeaders?: string
  readonly requestheaderGroupHeaders?: string
  readonly requestheaderExtraHeadersPrefix?: string
}

export function addAuthenticationFlags(command: Command): Command {
  return command
    .addOption(boolFlag('--enable-bootstrap-token-auth', "accept Secrets of type 'bootstrap.kubernetes.io/token' in kube-system as tokens", false))
    .option('--requestheader-client-ca-file <file>', 'authorities of proxies that say in headers whom they speak for (PEM)')
    .option('--requestheader-allowed-names <names>', 'common names that such a proxy may have; none: any')
    .option('--requestheader-username-headers <names>', 'headers with a user name; X-Remote-User is common')
    .option('--requestheader-uid-headers <names>', 'headers with a UID; X-Remote-Uid is common')
    .option('--requestheader-group-headers <names>', 'headers with groups; X-Remote-Group is common')
    .option('--requestheader-extra-headers-prefix <prefixes>', 'how headers with more begin; X-Remote-Extra- is common')
}

/** @throws {Error} for an empty header name */
export function authenticationOptions(flags: Flags): Pick<ApiServerOptions, 'bootstrapTokenAuth' | 'requestHeader'> {
  const bootstrapTokenAuth = flags.enableBootstrapTokenAuth ?? false
  if (!flags.requestheaderClientCaFile) return { bootstrapTokenAuth }
  return {
    bootstrapTokenAuth,
    requestHeader: {
      allowedNames: listOf('allowed-names', flags.requestheaderAllowedNames),
      usernameHeaders: listOf('username-headers', flags.requestheaderUsernameHeaders),
      uidHeaders: listOf('uid-headers', flags.requestheaderUidHeaders),
      groupHeaders: listOf('group-headers', flags.requestheaderGroupHeaders),
      extraHeaderPrefixes: listOf('extra-headers-prefix', flags.requestheaderExtraHeadersPrefix),
    },
  }
}

function listOf(flag: string, text: string | undefined): readonly string[] {
  if (!text) return []
  const values = text.split(',').map((value) => value.trim())
  if (values.includes('')) throw new Error(`--requestheader-${flag}: empty value in "${text}"`)
  return values
}

/** What the front proxy of a cluster says of itself when the cluster makes its own certificates: kubeadm's values. */
export const frontProxy = {
  allowedNames: ['front-proxy-client'],
  usernameHeaders: ['X-Remote-User'],
  uidHeaders: ['X-Remote-Uid'],
  groupHeaders: ['X-Remote-Group'],
  extraHeaderPrefixes: ['X-Remote-Extra-'],
} as const
