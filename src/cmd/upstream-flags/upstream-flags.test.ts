import { join } from 'node:path'
import { type Command, Option } from 'commander'
import { describe, expect, test } from 'vitest'
import { kubeApiserverCommand } from '../kube-apiserver.ts'
import { kubeControllerManagerCommand } from '../kube-controller-manager.ts'
import { kubeProxyCommand } from '../kube-proxy.ts'
import { kubeSchedulerCommand } from '../kube-scheduler.ts'
import { kubeletCommand } from '../kubelet.ts'
import { argumentsOf } from './config-arguments.ts'
import { kubeApiserverOtherFlags } from './kube-apiserver.ts'
import { kubeControllerManagerOtherFlags } from './kube-controller-manager.ts'
import { kubeletConfig } from './kubelet-config.ts'
import { kubeletOtherFlags } from './kubelet.ts'
import { kubeProxyConfig } from './kube-proxy-config.ts'
import { kubeProxyOtherFlags } from './kube-proxy.ts'
import { kubeSchedulerOtherFlags } from './kube-scheduler.ts'
import { flagsWithoutEffect, type OtherFlags } from './other-flags.ts'
import { kubeadmArguments, kubeadmKubeletConfig, kubeadmKubeProxyConfig, upstreamFlagNames } from './upstream.fixture.ts'

const components: readonly (readonly [name: string, command: () => Command, others: readonly OtherFlags[]])[] = [
  ['kube-apiserver', kubeApiserverCommand, kubeApiserverOtherFlags],
  ['kube-controller-manager', kubeControllerManagerCommand, kubeControllerManagerOtherFlags],
  ['kube-scheduler', kubeSchedulerCommand, kubeSchedulerOtherFlags],
  ['kubelet', kubeletCommand, kubeletOtherFlags],
  ['kube-proxy', kubeProxyCommand, kubeProxyOtherFlags],
]

const parse = (command: Command, argv: readonly string[]) =>
  command
    .exitOverride()
    .configureOutput({ writeErr: () => {}, writeOut: () => {} })
    .parse(argv, { from: 'user' })

const namesOf = (command: Command) => ['help', ...command.options.map((option: Option) => option.name())].toSorted()
const otherNames = (others: readonly OtherFlags[]) => others.flatMap(({ flags }) => flags.map((flag) => flag.split(' ')[0]!))
const kubeconfig = ['--kubeconfig', 'x']

describe.each(components)('%s', (name, newCommand, others) => {
  const argv = name === 'kube-apiserver' ? [] : kubeconfig

  test('knows every flag of upstream’s, and each once', () => {
    const names = namesOf(newCommand())
    expect(upstreamFlagNames.get(name)!.filter((flag) => !names.includes(flag))).toEqual([])
    expect(names).toEqual([...new Set(names)])
  })

  test('lists as upstream’s only what upstream has', () => {
    expect(otherNames(others).filter((flag) => !upstreamFlagNames.get(name)!.includes(flag))).toEqual([])
  })

  test('starts as kubeadm starts it', () => {
    expect(() => parse(newCommand(), kubeadmArguments.get(name)!)).not.toThrow()
  })

  test('refuses what would be another cluster, and says why', () => {
    for (const { takes, why, flags } of others.filter((group) => group.takes !== 'anything')) {
      for (const flag of flags) expect(() => parse(newCommand(), [...argv, `--${flag.split(' ')[0]}=impossible`]), flag).toThrow(`not supported: ${why}.`)
      if (takes === 'nothing') continue
      for (const flag of flags) for (const value of takes) parse(newCommand(), [...argv, `--${flag.split(' ')[0]}=${value}`])
    }
  })
})

test('flags without effect are named', () => {
  const command = parse(kubeApiserverCommand(), ['--storage-media-type=application/json', '--event-ttl=2h', '--delete-collection-workers', '3'])
  expect(flagsWithoutEffect(command, kubeApiserverOtherFlags)).toEqual(['delete-collection-workers', 'storage-media-type'])
})

test('--version', () => {
  expect(() => parse(kubeSchedulerCommand(), ['--version'])).toThrow(/^Kubernetes v1\.36\.\d+/)
})

for (const { gates, error } of [
  { gates: 'InPlacePodVerticalScaling=true,AllAlpha=false' },
  { gates: 'kube:WorkloadWithJob=true' },
  { gates: 'NoSuchGate=true', error: 'unrecognized feature gate: NoSuchGate' },
  { gates: 'WorkloadWithJob', error: 'missing bool value for WorkloadWithJob' },
  { gates: 'WorkloadWithJob=maybe', error: 'invalid value of WorkloadWithJob=maybe, err: strconv.ParseBool: parsing "maybe": invalid syntax' },
  { gates: 'AuthorizeWithSelectors=false', error: 'cannot set feature gate AuthorizeWithSelectors to false, feature is locked to true' },
]) {
  test(`--feature-gates=${gates}${error ? ` -> ${error}` : ''}`, () => {
    const run = () => parse(kubeSchedulerCommand(), [...kubeconfig, `--feature-gates=${gates}`])
    if (error) expect(run).toThrow(error)
    else expect(run).not.toThrow()
  })
}

describe('configuration files', () => {
  test('kubeadm’s KubeletConfiguration', () => {
    const argv = argumentsOf(kubeadmKubeletConfig, kubeletConfig)
    expect(argv).toEqual([
      '--pod-manifest-path=/etc/kubernetes/manifests',
      '--rotate-certificates=true',
      '--client-ca-file=/etc/kubernetes/pki/ca.crt',
      '--authentication-token-webhook=true',
      '--anonymous-auth=false',
      '--authorization-mode=Webhook',
      '--healthz-port=10248',
      '--healthz-bind-address=127.0.0.1',
      '--cluster-domain=cluster.local',
      '--cluster-dns=10.96.0.10',
      '--cgroup-driver=systemd',
    ])
    expect(() => parse(kubeletCommand(), [...argv, ...kubeconfig])).not.toThrow()
  })

  test('kubeadm’s KubeProxyConfiguration', () => {
    const argv = argumentsOf(kubeadmKubeProxyConfig, kubeProxyConfig)
    expect(argv).toEqual(['--kubeconfig=/var/lib/kube-proxy/kubeconfig.conf', '--bind-address=0.0.0.0', '--cluster-cidr=10.244.0.0/16'])
    expect(() => parse(kubeProxyCommand(), argv)).not.toThrow()
  })

  test('lists, maps, taints and pointers to nothing', () => {
    const text = `{"kind":"KubeletConfiguration","apiVersion":"kubelet.config.k8s.io/v1beta1","maxPods":0,"eventRecordQPS":0,"resolvConf":"",
      "featureGates":{"AllAlpha":false},"systemReserved":{"cpu":"1","memory":"1Gi"},
      "registerWithTaints":[{"key":"a","value":"b","effect":"NoSchedule"},{"key":"c","effect":"NoExecute"}]}`
    expect(argumentsOf(text, kubeletConfig)).toEqual([
      '--event-qps=0',
      '--resolv-conf=',
      '--feature-gates=AllAlpha=false',
      '--system-reserved=cpu=1,memory=1Gi',
      '--register-with-taints=a=b:NoSchedule,c:NoExecute',
    ])
  })

  test('a misspelt field', () => {
    const text = 'kind: KubeletConfiguration\napiVersion: kubelet.config.k8s.io/v1beta1\nauthentication: {x509: {clientCaFile: x}}'
    expect(() => argumentsOf(text, kubeletConfig)).toThrow('strict decoding error: unknown field "authentication.x509.clientCaFile"')
  })

  test.each([kubeletConfig, kubeProxyConfig])('every flag that $kind names is one', ({ kind, fields }) => {
    const command = kind === 'KubeletConfiguration' ? kubeletCommand() : kubeProxyCommand()
    const named = Object.values(fields).flatMap(([, flag]) => (flag === undefined ? [] : [flag]))
    expect(named.filter((flag) => !namesOf(command).includes(flag))).toEqual([])
  })
})

const takenText = (takes: OtherFlags['takes']) =>
  takes === 'anything' ? 'without effect' : takes === 'nothing' ? 'refused' : `only ${takes.map((each) => (each === '' ? 'empty' : `\`${each}\``)).join(', ')}`

/** The table of docs/flags.md: it cannot say anything but what the commands do. */
function documentation(): string {
  const sections = components.map(([name, newCommand, others]) => {
    const upstream = upstreamFlagNames.get(name)!
    const elsewhere = otherNames(others)
    const code = (flags: readonly string[]) => flags.map((flag) => `\`--${flag}\``).join(', ')
    const rows = others.map(({ takes, why, flags }) => `| ${code(flags.map((flag) => flag.split(' ')[0]!))} | ${takenText(takes)} | ${why} |`)
    return [
      `## ${name}`,
      `Work: ${code(upstream.filter((flag) => !elsewhere.includes(flag)))}.`,
      `Not upstream's: ${code(namesOf(newCommand()).filter((flag) => !upstream.includes(flag))) || 'none'}.`,
      ['| Flag | Value | Because |', '|---|---|---|', ...rows].join('\n'),
    ].join('\n\n')
  })
  return `${[
    '# Flags of upstream’s components',
    'Every flag of Kubernetes 1.36 is known. A flag that is "without effect" is taken whatever it says, and named in the log; one that is "refused" ends the process, because what it asks for is not there; of some, one value only says what is so. `--feature-gates` takes the gates of 1.36 and refuses what upstream refuses; gates stay as they are by default. Written by `src/cmd/upstream-flags/upstream-flags.test.ts` (`vitest run -u`).',
    ...sections,
  ].join('\n\n')}\n`
}

test('docs/flags.md is current', async () => {
  await expect(documentation()).toMatchFileSnapshot(join(import.meta.dirname, '../../../docs/flags.md'))
})
