// test/e2e/common/node and test/e2e/node: what a container sees of its environment, its arguments and its rights.
import type { Output } from './outputs.ts'
import { echoImage, shell } from './suite.ts'

const fieldEnv = (name: string, fieldPath: string) => ({ name, valueFrom: { fieldRef: { fieldPath } } })
const resourceEnv = (name: string, resource: string) => ({ name, valueFrom: { resourceFieldRef: { resource } } })
const print = (...names: string[]) => shell(names.map((name) => `printf '%s\\n' "$${name}"`).join('; '))
const one = (name: string, container: object, log: readonly string[], pod: object = {}): Output => ({ name, spec: { ...pod, containers: [container] }, log })
/** Names of variables are whatever the API allows; a shell may not. */
const grepEnv = (pattern: string) => shell(`tr '\\0' '\\n' < /proc/1/environ | grep '${pattern}' | sort`)

/** Prefixes that a shell would not take for a name. */
const prefixes = ['1-', '$_', 'p.', 'a_b-']
const prefixed = prefixes.map((prefix) => `${prefix}DATA=value`).toSorted((a, b) => (a < b ? -1 : 1))

const environment: readonly Output[] = [
  one(
    'ConfigMap, from environment field',
    { command: print('CONFIG_DATA_1'), env: [{ name: 'CONFIG_DATA_1', valueFrom: { configMapKeyRef: { name: 'values', key: 'data-1' } } }] },
    ['value-1'],
  ),
  one(
    'ConfigMap, from environment variables',
    { command: grepEnv('value'), envFrom: [{ configMapRef: { name: 'values' } }, { prefix: 'p-', configMapRef: { name: 'values' } }] },
    ['data-1=value-1', 'data-2=value-2', 'data-3=value-3', 'p-data-1=value-1', 'p-data-2=value-2', 'p-data-3=value-3'],
  ),
  one(
    'ConfigMap, from environment field with various prefixes',
    { command: grepEnv('DATA='), envFrom: prefixes.map((prefix) => ({ prefix, configMapRef: { name: 'one' } })) },
    prefixed,
  ),
  one(
    'Secrets, pod environment field',
    { command: print('SECRET_DATA'), env: [{ name: 'SECRET_DATA', valueFrom: { secretKeyRef: { name: 'values', key: 'data-1' } } }] },
    ['value-1'],
  ),
  one(
    'Secrets, pod environment from source',
    { command: grepEnv('data-1'), envFrom: [{ secretRef: { name: 'values' } }, { prefix: 'p-', secretRef: { name: 'values' } }] },
    ['data-1=value-1', 'p-data-1=value-1'],
  ),
  one(
    'Secrets, pod environment from source',
    { command: grepEnv('DATA='), envFrom: prefixes.map((prefix) => ({ prefix, secretRef: { name: 'one' } })) },
    prefixed,
  ),
  one(
    'DownwardAPI, environment for name, namespace and ip',
    {
      command: print('POD_NAME', 'POD_NAMESPACE', 'POD_IP'),
      env: [fieldEnv('POD_NAME', 'metadata.name'), fieldEnv('POD_NAMESPACE', 'metadata.namespace'), fieldEnv('POD_IP', 'status.podIP')],
    },
    ['$(pod)', '$(namespace)', '$(podIP)'],
  ),
  one('DownwardAPI, environment for host ip', { command: print('HOST_IP'), env: [fieldEnv('HOST_IP', 'status.hostIP')] }, ['$(hostIP)']),
  one('DownwardAPI, environment for hostIPs', { command: print('HOST_IPS'), env: [fieldEnv('HOST_IPS', 'status.hostIPs')] }, ['$(hostIP)']),
  one('DownwardAPI, environment for Pod UID', { command: print('POD_UID'), env: [fieldEnv('POD_UID', 'metadata.uid')] }, ['$(uid)']),
  one(
    'DownwardAPI, environment for CPU and memory limits and requests',
    {
      command: print('CPU_LIMIT', 'MEMORY_LIMIT', 'CPU_REQUEST', 'MEMORY_REQUEST'),
      env: [
        resourceEnv('CPU_LIMIT', 'limits.cpu'),
        resourceEnv('MEMORY_LIMIT', 'limits.memory'),
        resourceEnv('CPU_REQUEST', 'requests.cpu'),
        resourceEnv('MEMORY_REQUEST', 'requests.memory'),
      ],
      resources: { requests: { cpu: '250m', memory: '32Mi' }, limits: { cpu: '1250m', memory: '64Mi' } },
    },
    ['2', '67108864', '1', '33554432'],
  ),
  one(
    'DownwardAPI, environment for default CPU and memory limits and requests',
    { command: print('CPU_LIMIT', 'MEMORY_LIMIT'), env: [resourceEnv('CPU_LIMIT', 'limits.cpu'), resourceEnv('MEMORY_LIMIT', 'limits.memory')] },
    ['$(cpu)', '$(memory)'],
  ),
]

const foo = [
  { name: 'FOO', value: 'foo-value' },
  { name: 'BAR', value: 'bar-value' },
  { name: 'FOOBAR', value: '$(FOO);;$(BAR)' },
]

const commands: readonly Output[] = [
  one('Environment variables, expansion', { command: print('FOOBAR'), env: foo }, ['foo-value;;bar-value']),
  one('Environment variables, command expansion', { command: shell('TEST_VAR=wrong echo "$(TEST_VAR)"'), env: [{ name: 'TEST_VAR', value: 'test-value' }] }, [
    'test-value',
  ]),
  one(
    'Environment variables, command argument expansion',
    { command: ['/bin/sh', '-c'], args: ['TEST_VAR=wrong echo "$(TEST_VAR)"'], env: [{ name: 'TEST_VAR', value: 'test-value' }] },
    ['test-value'],
  ),
  one('Containers, without command and arguments', { image: echoImage }, ['entrypoint default arguments']),
  one('Containers, with arguments', { image: echoImage, args: ['override', 'arguments'] }, ['entrypoint override arguments']),
  one('Containers, with command', { image: echoImage, command: ['/bin/busybox', 'echo', 'other'] }, ['other']),
  one('Containers, with command and arguments', { image: echoImage, command: ['/bin/busybox', 'echo', 'other'], args: ['arguments'] }, ['other arguments']),
  one('Kubelet, log output, default', { command: shell("echo 'Hello World'; sleep 0.1; echo error >&2") }, ['Hello World', 'error']),
  one('Kubelet, hostAliases', { command: shell('grep -e "^[0-9]" /etc/hosts | grep -v localhost') }, ['$(podIP)\t$(pod)', '123.45.67.89\tfoo\tbar'], {
    hostAliases: [{ ip: '123.45.67.89', hostnames: ['foo', 'bar'] }],
  }),
  one(
    'VolumeSubpathEnvExpansion, subpath expansion',
    {
      command: shell('test -d /testcontainer/$POD_NAME; echo $?'),
      env: [fieldEnv('POD_NAME', 'metadata.name')],
      volumeMounts: [
        { name: 'v', mountPath: '/logscontainer', subPathExpr: '$(POD_NAME)' },
        { name: 'v', mountPath: '/testcontainer' },
      ],
    },
    ['0'],
    { volumes: [{ name: 'v', emptyDir: {} }] },
  ),
]

const rights: readonly Output[] = [
  one('Security Context, runAsUser=65534', { command: shell('id -u'), securityContext: { runAsUser: 65_534 } }, ['65534']),
  one('Security Context, privileged=false.', { command: shell('ip link add d0 type bridge 2>&1; echo'), securityContext: { privileged: false } }, [
    'ip: RTNETLINK answers: Operation not permitted',
  ]),
  one(
    'Security Context, readOnlyRootFilesystem=false.',
    { command: shell('touch checkfile && echo written'), securityContext: { readOnlyRootFilesystem: false } },
    ['written'],
  ),
  one(
    'Kubelet, pod with read only root file system',
    { command: shell('exec 2>&1; echo test > /file; echo $?'), securityContext: { readOnlyRootFilesystem: true } },
    ["/bin/sh: can't create /file: Read-only file system", '1'],
  ),
  one(
    'Security Context, allowPrivilegeEscalation=false.',
    { command: shell('grep NoNewPrivs /proc/self/status; id -u'), securityContext: { allowPrivilegeEscalation: false, runAsUser: 1000 } },
    ['NoNewPrivs:\t1', '1000'],
  ),
  one('Security Context, test RunAsGroup at container level', { command: shell('id'), securityContext: { runAsUser: 1001, runAsGroup: 2002 } }, [
    'uid=1001 gid=2002 groups=2002',
  ]),
  one('Security Context, test RunAsGroup at pod level', { command: shell('id') }, ['uid=1001 gid=2002 groups=2002'], {
    securityContext: { runAsUser: 1001, runAsGroup: 2002 },
  }),
  one('Sysctl, test sysctls', { command: shell('sysctl kernel.shm_rmid_forced') }, ['kernel.shm_rmid_forced = 1'], {
    securityContext: { sysctls: [{ name: 'kernel.shm_rmid_forced', value: '1' }] },
  }),
]

const tokens = '/var/run/secrets/kubernetes.io/serviceaccount'
const accounts: readonly Output[] = [
  one(
    'Service Account Tokens Must AutoMount',
    { command: shell(`cut -d. -f2 ${tokens}/token | tr -d '\\n' | wc -c | grep -c .; head -1 ${tokens}/ca.crt; cat ${tokens}/namespace`) },
    ['1', '-----BEGIN CERTIFICATE-----', '$(namespace)'],
  ),
  ...(
    [
      [undefined, undefined, true],
      [undefined, true, true],
      [undefined, false, false],
      [true, undefined, true],
      [true, true, true],
      [true, false, true],
      [false, undefined, false],
      [false, true, false],
      [false, false, false],
    ] as const
  ).map(([pod, account, mounted]) =>
    one(`Service account tokens auto mount optionally`, { command: shell(`test -e ${tokens}/token; echo $?`) }, [mounted ? '0' : '1'], {
      serviceAccountName: account === undefined ? 'default' : account ? 'mount' : 'nomount',
      ...(pod === undefined ? {} : { automountServiceAccountToken: pod }),
    }),
  ),
  one(
    'TokenRequestProjection should mount a projected volume with token using TokenRequest API.',
    { command: shell('id -u; stat -L -c "%a %u %g" /tokens/token'), volumeMounts: [{ name: 't', mountPath: '/tokens' }] },
    ['1000', '600 1000 0'],
    {
      securityContext: { runAsUser: 1000 },
      volumes: [{ name: 't', projected: { sources: [{ serviceAccountToken: { path: 'token', audience: 'somebody', expirationSeconds: 3600 } }] } }],
    },
  ),
  one(
    'TokenRequestProjection should mount a projected volume with token using TokenRequest API.',
    { command: shell('stat -L -c "%a %u %g" /tokens/token'), volumeMounts: [{ name: 't', mountPath: '/tokens' }] },
    ['644 0 0'],
    { volumes: [{ name: 't', projected: { sources: [{ serviceAccountToken: { path: 'token' } }] } }] },
  ),
  one(
    'TokenRequestProjection should mount a projected volume with token using TokenRequest API.',
    { command: shell('stat -L -c "%a %u %g" /tokens/token'), volumeMounts: [{ name: 't', mountPath: '/tokens' }] },
    ['640 0 10000'],
    { securityContext: { runAsUser: 1000, fsGroup: 10_000 }, volumes: [{ name: 't', projected: { sources: [{ serviceAccountToken: { path: 'token' } }] } }] },
  ),
]

export const nodeOutputs: readonly Output[] = [...environment, ...commands, ...rights, ...accounts]
