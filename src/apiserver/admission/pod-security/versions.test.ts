// The Pod Security Standards by version: what each control says of a pod that breaks it, and from which version to which it does.
// Every row is asked at every version from v1.0 to v1.36 and at the latest. Source: kubernetes.io Pod Security Standards,
// k8s.io/pod-security-admission policy/check_*.go (reasons and details).
import { describe, expect, test } from 'vitest'
import type { PodSpec } from '../../../api/core/v1.ts'
import { violations } from './evaluate.ts'
import type { Level } from './policy.ts'

const newest = 36
const versions = [...Array.from({ length: newest + 1 }, (_, minor) => minor), undefined]

const good = { allowPrivilegeEscalation: false, runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' }, capabilities: { drop: ['ALL'] } }

interface Bad {
  /** Of the container `c`, beside what is good. */
  readonly context?: object
  readonly container?: object
  readonly spec?: object
  readonly annotations?: Record<string, string>
  /** The container has nothing but `context`. */
  readonly bare?: boolean
}

function podOf({ context = {}, container = {}, spec = {}, annotations = {}, bare = false }: Bad) {
  const securityContext = bare ? context : { ...good, ...context }
  return { annotations, spec: { containers: [{ name: 'c', image: 'i', securityContext, ...container }], ...spec } as unknown as PodSpec }
}

const at = (level: Level, minor: number | undefined, bad: Bad) => violations({ level, minor }, podOf(bad)).map(({ reason, detail }) => `${reason} (${detail})`)
const isIn = (minor: number | undefined, since: number, until = Infinity) => (minor ?? newest + 1) >= since && (minor ?? newest + 1) < until

interface Row {
  readonly control: string
  readonly bad: Bad
  readonly says: string
  readonly since?: number
  /** First version that lets it pass again. */
  readonly until?: number
}

const context = (what: object): Bad => ({ context: what })
const podContext = (what: object): Bad => ({ spec: { securityContext: what } })
const sysctl = (name: string): Bad => podContext({ sysctls: [{ name, value: '1' }] })

const baseline: readonly Row[] = [
  {
    control: 'host processes',
    bad: context({ windowsOptions: { hostProcess: true } }),
    says: 'hostProcess (container "c" must not set securityContext.windowsOptions.hostProcess=true)',
  },
  {
    control: 'host processes of the pod',
    bad: podContext({ windowsOptions: { hostProcess: true } }),
    says: 'hostProcess (pod must not set securityContext.windowsOptions.hostProcess=true)',
  },
  { control: 'host network', bad: { spec: { hostNetwork: true } }, says: 'host namespaces (hostNetwork=true)' },
  { control: 'host PIDs', bad: { spec: { hostPID: true } }, says: 'host namespaces (hostPID=true)' },
  { control: 'host IPC', bad: { spec: { hostIPC: true } }, says: 'host namespaces (hostIPC=true)' },
  { control: 'privileged', bad: context({ privileged: true }), says: 'privileged (container "c" must not set securityContext.privileged=true)' },
  { control: 'host ports', bad: { container: { ports: [{ hostPort: 80 }, { hostPort: 81 }] } }, says: 'hostPort (container "c" uses hostPorts 80, 81)' },
  {
    control: 'probed hosts',
    bad: { container: { livenessProbe: { httpGet: { host: 'h' } } } },
    says: 'probe or lifecycle host (container "c" uses probe or lifecycle host "h")',
    since: 34,
  },
  {
    control: 'hosts of lifecycle hooks',
    bad: { container: { lifecycle: { preStop: { tcpSocket: { host: '8.8.8.8' } } } } },
    says: 'probe or lifecycle host (container "c" uses probe or lifecycle host "8.8.8.8")',
    since: 34,
  },
  {
    control: 'AppArmor',
    bad: context({ appArmorProfile: { type: 'Unconfined' } }),
    says: 'forbidden AppArmor profile (container "c" must not set AppArmor profile type to "Unconfined")',
  },
  {
    control: 'AppArmor by annotation',
    bad: { annotations: { 'container.apparmor.security.beta.kubernetes.io/c': 'unconfined' } },
    says: 'forbidden AppArmor profile (annotation must not set AppArmor profile type to "container.apparmor.security.beta.kubernetes.io/c="unconfined"")',
  },
  {
    control: 'SELinux types',
    bad: context({ seLinuxOptions: { type: 'spc_t' } }),
    says: 'seLinuxOptions (container "c" set forbidden securityContext.seLinuxOptions: type "spc_t")',
  },
  {
    control: 'the SELinux type of engines',
    bad: context({ seLinuxOptions: { type: 'container_engine_t' } }),
    says: 'seLinuxOptions (container "c" set forbidden securityContext.seLinuxOptions: type "container_engine_t")',
    until: 31,
  },
  {
    control: 'SELinux users and roles',
    bad: podContext({ seLinuxOptions: { user: 'u', role: 'r' } }),
    says: 'seLinuxOptions (pod set forbidden securityContext.seLinuxOptions: user may not be set; role may not be set)',
  },
  ...(
    [
      ['net.ipv4.ip_local_reserved_ports', 27],
      ['net.ipv4.tcp_keepalive_time', 29],
      ['net.ipv4.tcp_fin_timeout', 29],
      ['net.ipv4.tcp_keepalive_intvl', 29],
      ['net.ipv4.tcp_keepalive_probes', 29],
      ['net.ipv4.tcp_rmem', 32],
      ['net.ipv4.tcp_wmem', 32],
    ] as const
  ).map(([name, until]) => ({ control: name, bad: sysctl(name), says: `forbidden sysctls (${name})`, until })),
  { control: 'any other sysctl', bad: sysctl('kernel.msgmax'), says: 'forbidden sysctls (kernel.msgmax)' },
]

/** Rows that only the lax level says in these words: the strict one has a control of its own. */
const baselineOnly: readonly Row[] = [
  {
    control: 'capabilities',
    bad: context({ capabilities: { drop: ['ALL'], add: ['SYS_ADMIN', 'CHOWN'] } }),
    says: 'non-default capabilities (container "c" must not include "SYS_ADMIN" in securityContext.capabilities.add)',
  },
  { control: 'host paths', bad: { spec: { volumes: [{ name: 'v', hostPath: { path: '/' } }] } }, says: 'hostPath volumes (volume "v")' },
  {
    control: 'procMount',
    bad: context({ procMount: 'Unmasked' }),
    says: 'procMount (container "c" must not set securityContext.procMount to "Unmasked")',
  },
  {
    control: 'procMount in a user namespace',
    bad: { ...context({ procMount: 'Unmasked' }), spec: { hostUsers: false } },
    says: 'procMount (container "c" must not set securityContext.procMount to "Unmasked")',
    until: 35,
  },
  {
    control: 'seccomp',
    bad: context({ seccompProfile: { type: 'Unconfined' } }),
    says: 'seccompProfile (container "c" must not set securityContext.seccompProfile.type to "Unconfined")',
    since: 19,
  },
  {
    control: 'seccomp by annotation',
    bad: { annotations: { 'seccomp.security.alpha.kubernetes.io/pod': 'unconfined' } },
    says: 'seccompProfile (forbidden annotation seccomp.security.alpha.kubernetes.io/pod="unconfined")',
    until: 19,
  },
]

const windows = { os: { name: 'windows' } }
const restricted: readonly Row[] = [
  {
    control: 'volume types',
    bad: { spec: { volumes: [{ name: 'v', nfs: { server: 's', path: '/' } }] } },
    says: 'restricted volume types (volume "v" uses restricted volume type "nfs")',
  },
  {
    control: 'host paths are one of them',
    bad: {
      spec: {
        volumes: [
          { name: 'v', hostPath: { path: '/' } },
          { name: 'w', gcePersistentDisk: { pdName: 'd' } },
        ],
      },
    },
    says: 'restricted volume types (volumes "v", "w" use restricted volume types "gcePersistentDisk", "hostPath")',
  },
  {
    control: 'privilege escalation',
    bad: context({ allowPrivilegeEscalation: undefined }),
    says: 'allowPrivilegeEscalation != false (container "c" must set securityContext.allowPrivilegeEscalation=false)',
    since: 8,
  },
  {
    control: 'privilege escalation on Windows',
    bad: { ...context({ allowPrivilegeEscalation: undefined }), spec: windows },
    says: 'allowPrivilegeEscalation != false (container "c" must set securityContext.allowPrivilegeEscalation=false)',
    since: 8,
    until: 25,
  },
  {
    control: 'running as root',
    bad: context({ runAsNonRoot: undefined }),
    says: 'runAsNonRoot != true (pod or container "c" must set securityContext.runAsNonRoot=true)',
  },
  {
    control: 'saying so',
    bad: context({ runAsNonRoot: false }),
    says: 'runAsNonRoot != true (container "c" must not set securityContext.runAsNonRoot=false)',
  },
  {
    control: 'running as root in a user namespace',
    bad: { ...context({ runAsNonRoot: undefined }), spec: { hostUsers: false } },
    says: 'runAsNonRoot != true (pod or container "c" must set securityContext.runAsNonRoot=true)',
    until: 35,
  },
  { control: 'user 0', bad: context({ runAsUser: 0 }), says: 'runAsUser=0 (container "c" must not set runAsUser=0)', since: 23 },
  {
    control: 'user 0 in a user namespace',
    bad: { ...context({ runAsUser: 0 }), spec: { hostUsers: false } },
    says: 'runAsUser=0 (container "c" must not set runAsUser=0)',
    since: 23,
    until: 35,
  },
  {
    control: 'a seccomp profile',
    bad: context({ seccompProfile: undefined }),
    says: 'seccompProfile (pod or container "c" must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost")',
    since: 19,
  },
  {
    control: 'a seccomp profile on Windows',
    bad: { ...context({ seccompProfile: undefined }), spec: windows },
    says: 'seccompProfile (pod or container "c" must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost")',
    since: 19,
    until: 25,
  },
  {
    control: 'dropping capabilities',
    bad: context({ capabilities: undefined }),
    says: 'unrestricted capabilities (container "c" must set securityContext.capabilities.drop=["ALL"])',
    since: 22,
  },
  {
    control: 'dropping capabilities on Windows',
    bad: { ...context({ capabilities: undefined }), spec: windows },
    says: 'unrestricted capabilities (container "c" must set securityContext.capabilities.drop=["ALL"])',
    since: 22,
    until: 25,
  },
  {
    control: 'adding capabilities',
    bad: context({ capabilities: { drop: ['ALL'], add: ['CHOWN', 'NET_BIND_SERVICE'] } }),
    says: 'unrestricted capabilities (container "c" must not include "CHOWN" in securityContext.capabilities.add)',
    since: 22,
  },
  {
    control: 'procMount, user namespace or not',
    bad: { ...context({ procMount: 'Unmasked' }), spec: { hostUsers: false } },
    says: 'procMount (container "c" must not set securityContext.procMount to "Unmasked")',
  },
]

const cases = (rows: readonly Row[]) => rows.map((row) => [row.control, row] as const)

describe('baseline', () => {
  test.each(cases([...baseline, ...baselineOnly]))('%s', (_, { bad, says, since = 0, until }) => {
    for (const minor of versions) expect([minor, at('baseline', minor, bad)]).toEqual([minor, isIn(minor, since, until) ? [says] : []])
  })
})

describe('restricted', () => {
  test.each(cases([...baseline, ...restricted]))('%s', (_, { bad, says, since = 0, until }) => {
    for (const minor of versions) expect([minor, at('restricted', minor, bad)]).toEqual([minor, isIn(minor, since, until) ? [says] : []])
  })
})

describe('what may be done', () => {
  const volumes = ['configMap', 'csi', 'downwardAPI', 'emptyDir', 'ephemeral', 'persistentVolumeClaim', 'projected', 'secret', 'image']
  const capabilities = 'AUDIT_WRITE CHOWN DAC_OVERRIDE FOWNER FSETID KILL MKNOD NET_BIND_SERVICE SETFCAP SETGID SETPCAP SETUID SYS_CHROOT'.split(' ')
  const sysctls = 'kernel.shm_rmid_forced net.ipv4.ip_local_port_range net.ipv4.tcp_syncookies net.ipv4.ping_group_range net.ipv4.ip_unprivileged_port_start'
  test.each<[string, Level, Bad]>([
    ['a plain pod', 'baseline', { bare: true }],
    ['a good pod', 'restricted', {}],
    [
      'what the pod says holds for its containers',
      'restricted',
      {
        context: { runAsNonRoot: undefined, seccompProfile: undefined },
        spec: { securityContext: { runAsNonRoot: true, seccompProfile: { type: 'Localhost', localhostProfile: 'p' } } },
      },
    ],
    ['default capabilities', 'baseline', context({ capabilities: { add: capabilities } })],
    ['binding low ports', 'restricted', context({ capabilities: { drop: ['ALL'], add: ['NET_BIND_SERVICE'] } })],
    ['safe sysctls', 'restricted', podContext({ runAsNonRoot: true, sysctls: sysctls.split(' ').map((name) => ({ name, value: '1' })) })],
    ['usual volumes', 'restricted', { spec: { volumes: volumes.map((type) => ({ name: type.toLowerCase(), [type]: {} })) } }],
    ['SELinux types of containers', 'restricted', context({ seLinuxOptions: { type: 'container_kvm_t', level: 's0' } })],
    [
      'AppArmor profiles',
      'restricted',
      { ...context({ appArmorProfile: { type: 'Localhost' } }), annotations: { 'container.apparmor.security.beta.kubernetes.io/c': 'localhost/x' } },
    ],
    ['probes of the pod itself', 'restricted', { container: { livenessProbe: { httpGet: { port: 80 } }, readinessProbe: { tcpSocket: { port: 80 } } } }],
    ['anything', 'privileged', { bare: true, context: { privileged: true }, spec: { hostNetwork: true } }],
  ])('%s', (_, level, pod) => {
    for (const minor of versions) expect([minor, at(level, minor, pod)]).toEqual([minor, []])
  })
})

test('the latest version is the newest, and so is one from the future', () => {
  const bad: Bad = { container: { livenessProbe: { httpGet: { host: 'h' } } } }
  expect(at('baseline', undefined, bad)).toEqual(at('baseline', newest, bad))
  expect(at('baseline', 99, bad)).toEqual(at('baseline', newest, bad))
})

test('one sentence names all containers that break a control', () => {
  const spec = {
    initContainers: [{ name: 'a', securityContext: { privileged: true } }],
    ephemeralContainers: [{ name: 'e', securityContext: { privileged: true } }],
  }
  expect(at('baseline', undefined, { ...context({ privileged: true }), spec })).toEqual([
    'privileged (containers "a", "c", "e" must not set securityContext.privileged=true)',
  ])
})
