// --kubelet-*: how the API server shows itself to kubelets, and how it knows them. Source: pkg/kubeapiserver/options, pkg/kubelet/client.
import { readFile } from 'node:fs/promises'
import type { Command } from 'commander'
import type { ApiServerOptions } from '../../apiserver/server-options.ts'

export interface KubeletClientFlags {
  readonly kubeletClientCertificate?: string
  readonly kubeletClientKey?: string
  readonly kubeletCertificateAuthority?: string
}

export function addKubeletClientFlags(command: Command): Command {
  return command
    .option('--kubelet-client-certificate <file>', 'certificate that the API server shows to kubelets (PEM)')
    .option('--kubelet-client-key <file>', 'its key (PEM)')
    .option('--kubelet-certificate-authority <file>', "authority of kubelets' serving certificates (PEM)")
}

/**
 * Without these flags logs, exec and the like are not available: no kubelet is talked to that is not known to be one.
 * @throws {Error} when only some of the three are given, or a file cannot be read
 */
export async function kubeletClientOptions(flags: KubeletClientFlags): Promise<Pick<ApiServerOptions, 'kubeletCredentials'>> {
  const files = [flags.kubeletClientCertificate, flags.kubeletClientKey, flags.kubeletCertificateAuthority]
  const given = files.filter((file) => file !== undefined)
  if (given.length === 0) return {}
  if (given.length < files.length)
    throw new Error('--kubelet-client-certificate, --kubelet-client-key and --kubelet-certificate-authority must be given together')
  const [certificate, key, ca] = await Promise.all(given.map((file) => readFile(file, 'utf8')))
  return { kubeletCredentials: { certificate: certificate!, key: key!, ca: ca! } }
}
