// The policy of `cox server` unless --audit-policy-file names another: who did what, without the hum of the cluster itself. It
// answers to CIS Kubernetes Benchmark 3.2.1 (there is a policy) and 3.2.2 (secrets, configmaps and token reviews by metadata only;
// changes of pods and deployments; exec, port-forward and proxies). Order matters: the first matching rule decides.
import type { AuditPolicy } from './evaluate.ts'

/** Components of the control plane, and the nodes. */
const systemUsers = ['system:apiserver', 'system:kube-controller-manager', 'system:kube-scheduler', 'system:kube-proxy']
const systemGroups = ['system:nodes', 'system:serviceaccounts:kube-system']

export const defaultPolicy: AuditPolicy = {
  omitStages: ['RequestReceived'],
  rules: [
    // Bodies of these hold credentials: never more than metadata, and whoever asks.
    {
      level: 'Metadata',
      resources: [
        { group: '', resources: ['secrets', 'configmaps', 'serviceaccounts/token'] },
        { group: 'authentication.k8s.io', resources: ['tokenreviews'] },
      ],
    },
    // Ways into containers, nodes and networks.
    {
      level: 'Metadata',
      resources: [
        { group: '', resources: ['pods/exec', 'pods/attach', 'pods/portforward', 'pods/proxy', 'services/proxy', 'nodes/proxy', 'pods/ephemeralcontainers'] },
      ],
    },
    { level: 'None', nonResourceURLs: ['/healthz*', '/livez*', '/readyz*', '/version', '/openapi*'] },
    // Events tell of what happens; that they are written is no news.
    {
      level: 'None',
      resources: [
        { group: '', resources: ['events'] },
        { group: 'events.k8s.io', resources: ['events'] },
      ],
    },
    // Signs of life, several a second per node and component.
    ...[{ users: systemUsers }, { userGroups: systemGroups }].map((who) => ({
      level: 'None',
      ...who,
      resources: [{ group: 'coordination.k8s.io', resources: ['leases'] }],
    })),
    // What components read to do their work.
    ...[{ users: systemUsers }, { userGroups: systemGroups }].map((who) => ({ level: 'None', ...who, verbs: ['get', 'list', 'watch'] })),
    { level: 'Metadata' },
  ],
}
