import type { OtherFlags } from './other-flags.ts'

/** How upstream's components ask the API server about who calls them. */
export const delegation: OtherFlags = {
  takes: 'anything',
  why: '/healthz, /livez and /readyz are open to everybody; whoever asks for more is looked up with --kubeconfig',
  flags: [
    'authentication-kubeconfig',
    'authentication-skip-lookup [bool]',
    'authentication-token-webhook-cache-ttl',
    'authentication-tolerate-lookup-failure [bool]',
    'authorization-always-allow-paths',
    'authorization-kubeconfig',
    'authorization-webhook-cache-authorized-ttl',
    'authorization-webhook-cache-unauthorized-ttl',
    'client-ca-file',
    'requestheader-allowed-names',
    'requestheader-client-ca-file',
    'requestheader-extra-headers-prefix',
    'requestheader-group-headers',
    'requestheader-uid-headers',
    'requestheader-username-headers',
  ],
}
