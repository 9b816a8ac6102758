import type { Command } from 'commander'
import type { Logger } from '../../component-base/logger.ts'
import { version } from '../version.ts'
import { addFeatureGateFlag, type FeatureGateFlags, reportFeatureGates } from './feature-gates.ts'
import { addOtherFlags, flagsWithoutEffect, type OtherFlags } from './other-flags.ts'

export type UpstreamFlags = FeatureGateFlags

/** What a component takes beside the flags of its own areas, so that upstream's command lines start it. */
export const addUpstreamFlags = (command: Command, others: readonly OtherFlags[]): Command =>
  addOtherFlags(addFeatureGateFlag(command), others).version(`Kubernetes ${version}`, '--version', 'print the version and end')

/** Says what was asked for and changes nothing. */
export function reportUpstreamFlags(command: Command, others: readonly OtherFlags[], logger: Logger): void {
  reportFeatureGates(command.opts<UpstreamFlags>(), logger)
  const flags = flagsWithoutEffect(command, others)
  if (flags.length > 0) logger.info('These flags have no effect here', { flags })
}
