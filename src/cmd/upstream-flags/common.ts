// Flags that several components have, and that mean nothing here.
import type { OtherFlags } from './other-flags.ts'

const metricsAndLogs: OtherFlags = {
  takes: 'anything',
  why: 'metrics and log lines have one form',
  flags: [
    'allow-metric-labels',
    'allow-metric-labels-manifest',
    'disabled-metrics',
    'log-flush-frequency',
    'log-json-info-buffer-size',
    'log-json-split-stream [bool]',
    'log-text-info-buffer-size',
    'log-text-split-stream [bool]',
    'show-hidden-metrics-for-version',
    'vmodule',
  ],
}

const versions: readonly OtherFlags[] = [
  { takes: ['', '1.36', 'kube=1.36'], why: 'one version is emulated, 1.36', flags: ['emulated-version', 'min-compatibility-version'] },
  { takes: 'anything', why: 'one version is emulated, 1.36', flags: ['emulation-forward-compatible [bool]'] },
]

const profiling: OtherFlags = { takes: ['false'], why: 'there are no profiling endpoints', flags: ['contention-profiling [bool]'] }

/** Of components that serve HTTPS through upstream's generic server. */
const serving: readonly OtherFlags[] = [
  {
    takes: 'anything',
    why: 'Node listens as it does',
    flags: ['cert-dir', 'http2-max-streams-per-connection', 'permit-address-sharing [bool]', 'permit-port-sharing [bool]'],
  },
  { takes: ['false'], why: 'clients choose between HTTP/2 and HTTP/1.1', flags: ['disable-http2-serving [bool]'] },
]

/** Of components whose port only probes and scrapers call. */
export const oneCertificate: OtherFlags = { takes: 'nothing', why: 'there is one serving certificate', flags: ['tls-sni-cert-key'] }

export const everyComponent: readonly OtherFlags[] = [metricsAndLogs]
export const controlPlane: readonly OtherFlags[] = [metricsAndLogs, ...versions, profiling, ...serving]

/** Of clients of the API server. */
export const apiClient: OtherFlags = {
  takes: 'anything',
  why: 'a component asks as often as it has to, in JSON; priority and fairness of the API server keep order',
  flags: ['kube-api-burst', 'kube-api-content-type', 'kube-api-qps'],
}
