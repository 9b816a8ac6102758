// Any part may be killed at any moment while pods run: what comes back finds everything as it was.
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { findProcesses } from '../../src/machine/processes.ts'
import { TestCluster } from '../support/cluster.ts'
import { succeed } from '../support/command.ts'
import { eventually } from '../support/eventually.ts'

const manifest = `
apiVersion: apps/v1
kind: Deployment
metadata: { name: web }
spec:
  replicas: 4
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec:
      terminationGracePeriodSeconds: 1
      containers:
        - name: web
          image: web:1
          args: [httpd, -f, -p, "8080", -h, /bin]
          readinessProbe: { tcpSocket: { port: 8080 }, periodSeconds: 1 }
---
apiVersion: v1
kind: Service
metadata: { name: web }
spec: { selector: { app: web }, ports: [{ port: 80, targetPort: 8080 }] }
`
let cluster: TestCluster
beforeAll(async () => {
  cluster = await TestCluster.up('--nodes', '2')
  await cluster.loadBusybox('web:1')
  await cluster.apply(manifest)
  await cluster.kubectl('rollout', 'status', 'deployment/web', '--timeout=60s')
})
afterAll(() => cluster?.[Symbol.asyncDispose]())

/** Pods with the containers they run: what must survive. */
const fingerprint = () =>
  cluster.kubectl(
    'get',
    'pods',
    '-l',
    'app=web',
    '--sort-by=.metadata.name',
    '-o',
    'jsonpath={range .items[*]}{.metadata.uid} {.status.containerStatuses[0].containerID} {.status.containerStatuses[0].restartCount}{"\\n"}{end}',
  )

/** The program of that role itself: what it started (shims, containers) carries the same mark and lives on. */
const programs: Record<string, RegExp> = { server: /./, agent: /cox agent/, containerd: /^containerd$/ }

function kill(role: string, node?: string): void {
  const found = findProcesses(join(cluster.directory, 'state', 'coxswain')).filter(
    (p) => p.role === role && (node === undefined || p.node === node) && programs[role]!.test(p.program),
  )
  if (found.length === 0) throw new Error(`no process ${role} of ${node ?? 'the cluster'}`)
  for (const { pid } of found) process.kill(pid, 'SIGKILL')
}

const answers = async () => {
  const address = await cluster.kubectl('get', 'service', 'web', '-o', 'jsonpath={.spec.clusterIP}')
  await succeed(['curl', '--silent', '--output', '/dev/null', '--max-time', '3', `http://${address}/`])
}
const nodesReady = async () => {
  const conditions = await cluster.kubectl('get', 'nodes', '-o', 'jsonpath={.items[*].status.conditions[?(@.type=="Ready")].status}')
  expect(conditions).toBe('True True')
}

test.each([
  ['the control plane', 'server', undefined],
  ['a node agent (kubelet, proxy, network)', 'agent', 'node-1'],
  ['a container runtime', 'containerd', 'node-2'],
])('kill -9 of %s: no container restarts, no write is lost, the service answers', async (_, role, node) => {
  const before = await fingerprint()
  await cluster.kubectl('create', 'configmap', `written-before-${role}`, '--from-literal=a=b')
  kill(role, node)
  await cluster.cox('start')
  await eventually(nodesReady, { withinMs: 60_000 })
  await cluster.kubectl('get', 'configmap', `written-before-${role}`)
  await eventually(answers)
  // The agent looks at everything it finds before it is ready; give a wrong decision a chance to show.
  await cluster.kubectl('create', 'configmap', `written-after-${role}`, '--from-literal=a=b')
  await cluster.kubectl('rollout', 'status', 'deployment/web', '--timeout=30s')
  expect(await fingerprint()).toBe(before)
})

test('after a restart pods are still made and removed', async () => {
  await cluster.kubectl('scale', 'deployment/web', '--replicas=6')
  await cluster.kubectl('rollout', 'status', 'deployment/web', '--timeout=60s')
  await cluster.kubectl('scale', 'deployment/web', '--replicas=2')
  await eventually(async () => expect((await cluster.kubectl('get', 'pods', '-l', 'app=web', '-o', 'name')).split('\n')).toHaveLength(2), { withinMs: 60_000 })
})

test('an image that cannot be pulled says so and disturbs nobody else', async () => {
  await cluster.kubectl('run', 'lost', '--image=registry.invalid/nothing:1', '--restart=Never')
  await eventually(async () =>
    expect(await cluster.kubectl('get', 'pod', 'lost', '-o', 'jsonpath={.status.containerStatuses[0].state.waiting.reason}')).toMatch(
      /^(ErrImagePull|ImagePullBackOff)$/,
    ),
  )
  await eventually(async () => expect(await cluster.kubectl('get', 'events', '--field-selector', 'involvedObject.name=lost')).toContain('Failed to pull image'))
  await answers()
  await cluster.kubectl('delete', 'pod', 'lost', '--wait=true', '--timeout=30s')
})

test.each([
  ['an unknown field', 'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: x }\ndaata: { a: b }\n', 'unknown field "daata"'],
  [
    'a bad quantity',
    'apiVersion: v1\nkind: Pod\nmetadata: { name: x }\nspec: { containers: [{ name: c, image: i, resources: { limits: { cpu: lots } } }] }\n',
    'quantities must match the regular expression',
  ],
  [
    'a selector that does not match its template',
    'apiVersion: apps/v1\nkind: Deployment\nmetadata: { name: x }\nspec: { selector: { matchLabels: { a: b } }, template: { metadata: { labels: { a: c } }, spec: { containers: [{ name: c, image: i }] } } }\n',
    '`selector` does not match template `labels`',
  ],
])('a manifest with %s is refused in words', async (_, yaml, message) => {
  await expect(cluster.apply(yaml)).rejects.toThrow(message)
})

test('a second object of the same name is refused, and an immutable field stays', async () => {
  await expect(cluster.kubectl('create', 'deployment', 'web', '--image=x')).rejects.toThrow('deployments.apps "web" already exists')
  await expect(cluster.kubectl('patch', 'deployment', 'web', '--type=merge', '-p', '{"spec":{"selector":{"matchLabels":{"app":"other"}}}}')).rejects.toThrow(
    'field is immutable',
  )
})

test('a stopped node is noticed, and its pods no longer get traffic', async () => {
  await cluster.kubectl('scale', 'deployment/web', '--replicas=6')
  await cluster.kubectl('rollout', 'status', 'deployment/web', '--timeout=60s')
  expect(await cluster.kubectl('get', 'pods', '-l', 'app=web', '-o', 'jsonpath={.items[*].spec.nodeName}')).toContain('node-1')
  kill('agent', 'node-2')
  await eventually(
    async () => {
      const status = await cluster.kubectl('get', 'node', 'node-2', '-o', 'jsonpath={.status.conditions[?(@.type=="Ready")].status}')
      expect(status).toBe('Unknown')
    },
    { withinMs: 90_000 },
  )
  const taints = await cluster.kubectl('get', 'node', 'node-2', '-o', 'jsonpath={.spec.taints[*].key}')
  expect(taints).toContain('node.kubernetes.io/unreachable')
  await eventually(async () => {
    const ready = await cluster.kubectl(
      'get',
      'pods',
      '-l',
      'app=web',
      '--field-selector',
      'spec.nodeName=node-2',
      '-o',
      'jsonpath={.items[*].status.conditions[?(@.type=="Ready")].status}',
    )
    expect(ready).not.toContain('True')
  })
  await eventually(answers)
})
