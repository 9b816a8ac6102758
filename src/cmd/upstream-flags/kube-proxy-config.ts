// KubeProxyConfiguration, kubeproxy.config.k8s.io/v1alpha1. Source: k8s.io/kube-proxy config/v1alpha1/types.go.
import { configArguments, type ConfigFile } from './config-arguments.ts'

export const kubeProxyConfig: ConfigFile = {
  kind: 'KubeProxyConfiguration',
  groupVersion: 'kubeproxy.config.k8s.io/v1alpha1',
  fields: {
    featureGates: ['map[string]bool', 'feature-gates'],
    'clientConnection.kubeconfig': ['string', 'kubeconfig'],
    'clientConnection.acceptContentTypes': ['string'],
    'clientConnection.contentType': ['string', 'kube-api-content-type'],
    'clientConnection.qps': ['double', 'kube-api-qps'],
    'clientConnection.burst': ['int32', 'kube-api-burst'],
    'logging.format': ['string', 'logging-format'],
    'logging.flushFrequency': ['any'],
    'logging.verbosity': ['int32', 'v'],
    'logging.vmodule': ['any'],
    'logging.options': ['any'],
    hostnameOverride: ['string', 'hostname-override'],
    bindAddress: ['string', 'bind-address'],
    healthzBindAddress: ['string', 'healthz-bind-address'],
    metricsBindAddress: ['string', 'metrics-bind-address'],
    bindAddressHardFail: ['bool', 'bind-address-hard-fail'],
    enableProfiling: ['bool', 'profiling'],
    showHiddenMetricsForVersion: ['string', 'show-hidden-metrics-for-version'],
    mode: ['string', 'proxy-mode'],
    iptables: ['any'],
    ipvs: ['any'],
    nftables: ['any'],
    winkernel: ['any'],
    detectLocalMode: ['string', 'detect-local-mode'],
    'detectLocal.bridgeInterface': ['string', 'pod-bridge-interface'],
    'detectLocal.interfaceNamePrefix': ['string', 'pod-interface-name-prefix'],
    clusterCIDR: ['string', 'cluster-cidr'],
    nodePortAddresses: ['[]string', 'nodeport-addresses'],
    oomScoreAdj: ['*int32', 'oom-score-adj'],
    conntrack: ['any'],
    configSyncPeriod: ['string', 'config-sync-period'],
    portRange: ['string'],
    windowsRunAsService: ['bool'],
  },
}

/** What `--config` in `argv` adds to them. @throws {ConfigFileError} */
export const kubeProxyConfigArguments = (argv: readonly string[]) => configArguments(argv, kubeProxyConfig)
