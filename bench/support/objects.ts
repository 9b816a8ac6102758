// Objects as clusters have them: a Pod of a web application, and ConfigMaps of a given size.

/** What a client sends: containers with probes, resources, environment and volumes. Two make about 2 KB, and 7 KB as stored. */
export function usualPod(name: string, containers: 1 | 2 = 2): object {
  const container = (containerName: string, port: number) => ({
    name: containerName,
    image: `registry.example.com/team/${containerName}:v1.2.3`,
    args: ['--listen', `0.0.0.0:${port}`, '--log-level', 'info'],
    ports: [{ name: 'http', containerPort: port }],
    env: [
      { name: 'POD_NAME', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
      { name: 'POD_NAMESPACE', valueFrom: { fieldRef: { fieldPath: 'metadata.namespace' } } },
      { name: 'DATABASE_URL', value: 'postgres://database.default.svc:5432/app' },
    ],
    resources: { requests: { cpu: '100m', memory: '128Mi' }, limits: { cpu: '500m', memory: '256Mi' } },
    readinessProbe: { httpGet: { path: '/ready', port: 'http' }, periodSeconds: 5 },
    livenessProbe: { httpGet: { path: '/live', port: 'http' }, initialDelaySeconds: 10 },
    volumeMounts: [
      { name: 'config', mountPath: '/etc/app', readOnly: true },
      { name: 'scratch', mountPath: '/tmp' },
    ],
  })
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      labels: { 'app.kubernetes.io/name': 'web', 'app.kubernetes.io/component': 'frontend', 'pod-template-hash': '5d4f8c7b9' },
      annotations: { 'prometheus.io/scrape': 'true', 'prometheus.io/port': '8080' },
    },
    spec: {
      containers: [container('web', 8080), container('sidecar', 9090)].slice(0, containers),
      volumes: [
        { name: 'config', configMap: { name: 'web-config' } },
        { name: 'scratch', emptyDir: {} },
      ],
      nodeSelector: { 'kubernetes.io/os': 'linux' },
      tolerations: [{ key: 'example.com/dedicated', operator: 'Equal', value: 'web', effect: 'NoSchedule' }],
    },
  }
}

/** One that differs from all others in more than its name: the server has to work out each (docs/adr/0017). */
export function singularPod(name: string): object {
  const pod = usualPod(name) as { metadata: { labels: Record<string, string> } }
  pod.metadata.labels['app.kubernetes.io/instance'] = `${name}-instance`
  return pod
}

/** One with one container and an annotation that fills it up. @param bytes more, in the object as stored */
export function paddedPod(name: string, bytes: number): object {
  const pod = usualPod(name, 1) as { metadata: { annotations: Record<string, string> } }
  pod.metadata.annotations['example.com/notes'] = 'n'.repeat(bytes)
  return pod
}

export const configMap = (name: string, bytes: number) => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data: { text: 'x'.repeat(bytes) } })
