// --kubelet-*: how the API server shows itself to kubelets, and how it knows them. Source: pkg/kubeapiserver/options, pkg/kubelet/client.
import { readFile } from 'node:fs/promises'
import type { Command } from 'commander'
import type { ApiServerOptions } from '../../apiserver/server-options.ts'

export interface KubeletClientFlags {
  readonly kubeletClientCertificate?: string
  readonly kubeletClientKey?: string
  readonly kubeletCertificateAuthority?: string
}

/** @see {@link kubeletClientOptions} */
export function addKubeletClientFlags(command: Command): Command {
  return command
    .option('--kubelet-client-certificate <file>', 'certificate that the API server shows to kubelets (PEM)')
    .option('--kubelet-client-key <file>', 'its key (PEM)')
    .option('--kubelet-certificate-authority <file>', "authority of kubelets' serving certificates (PEM)")
}

/**
 * Without an authority, as kubeadm leaves it, kubelets are taken for what they say they are (upstream warns of that, too).
 * @throws {Error} when only one of certificate and key is given, or a file cannot be read
 */
export async function kubeletClientOptions(flags: KubeletClientFlags): Promise<Pick<ApiServerOptions, 'kubeletCredentials'>> {
  const { kubeletClientCertificate: certFile, kubeletClientKey: keyFile, kubeletCertificateAuthority: caFile } = flags
  if (!certFile && !keyFile && !caFile) return {}
  if (!certFile || !keyFile) throw new Error('--kubelet-client-certificate and --kubelet-client-key must be given, and together')
  const read = (file: string) => readFile(file, 'utf8')
  const [certificate, key, ca] = await Promise.all([read(certFile), read(keyFile), caFile ? read(caFile) : undefined])
  return { kubeletCredentials: { certificate, key, ...(ca === undefined ? {} : { ca }) } }
}
