import { readFile, writeFile } from 'node:fs/promises'
import type { HostAlias } from '../../api/core/v1.ts'
import { hostsFilePath } from './pod-directory.ts'

export interface HostsFileInput {
  readonly ips: readonly string[]
  readonly hostname: string
  /** Full name, where the pod has a subdomain. */
  readonly fqdn: string
  readonly aliases: readonly HostAlias[]
}

/** @see Kubernetes 1.36 pkg/kubelet/kubelet_pods.go (managedHostsFileContent) */
export function hostsFile({ ips, hostname, fqdn, aliases }: HostsFileInput): string {
  return [
    '# Kubernetes-managed hosts file.',
    '127.0.0.1\tlocalhost',
    '::1\tlocalhost ip6-localhost ip6-loopback',
    'fe00::0\tip6-localnet',
    'fe00::0\tip6-mcastprefix',
    'fe00::1\tip6-allnodes',
    'fe00::2\tip6-allrouters',
    ...ips.map((ip) => [ip, ...(fqdn ? [fqdn] : []), hostname].join('\t')),
    aliasLines(aliases),
  ].join('\n')
}

/** With hostNetwork: the node's own file, under another header. */
export function nodeHostsFile(content: string, aliases: readonly HostAlias[]): string {
  return `# Kubernetes-managed hosts file (host network).\n${content}${aliasLines(aliases)}`
}

function aliasLines(aliases: readonly HostAlias[]): string {
  if (aliases.length === 0) return ''
  return ['', '# Entries added by HostAliases.', ...aliases.map(({ ip, hostnames }) => [ip, ...(hostnames ?? [])].join('\t')), ''].join('\n')
}

/** @returns the path to mount over /etc/hosts */
export async function writeHostsFile(root: string, uid: string, input: HostsFileInput & { readonly hostNetwork: boolean }): Promise<string> {
  const path = hostsFilePath(root, uid)
  const content = input.hostNetwork ? nodeHostsFile(await readFile('/etc/hosts', 'utf8').catch(() => ''), input.aliases) : hostsFile(input)
  await writeFile(path, content, { mode: 0o644 })
  return path
}
