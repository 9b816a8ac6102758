// Keeps IPAddresses and the cluster IPs of Services in agreement: one that is deleted under a Service comes back, one that belongs to no
// Service goes. Source: pkg/registry/core/service/ipallocator/controller/repairip.go.
import type { Service } from '../../api/core/v1.ts'
import type { IPAddress } from '../../api/networking/v1.ts'
import { ipAddresses } from '../../api/resources.ts'
import type { EventRecorder } from '../../client/events/recorder.ts'
import type { InformerFactory, Lister } from '../../client/informers/informer.ts'
import { workOff } from '../../client/workqueue/work-off.ts'
import { WorkQueue } from '../../client/workqueue/work-queue.ts'
import type { Logger } from '../../component-base/logger.ts'
import type { Clock } from '../../util/clock.ts'
import type { AddressBook } from '../registry/core/service/address-book.ts'
import { familyOf } from '../registry/core/service/needs.ts'
import { isOfService, repairOf } from './decide.ts'

export interface RepairControllerOptions {
  readonly informers: InformerFactory
  readonly services: Pick<Lister<Service>, 'get'>
  readonly addresses: AddressBook
  readonly recorder: EventRecorder
  readonly clock: Clock
  readonly logger: Logger
}

export class RepairController {
  readonly #options: RepairControllerOptions
  readonly #queue: WorkQueue<string>
  readonly #informer
  /** Of IPAddresses that are gone, until they have been looked at: the Services that they named. */
  readonly #parents = new Map<string, string>()

  constructor(options: RepairControllerOptions) {
    const { informers, clock } = options
    this.#options = options
    this.#queue = new WorkQueue({ clock })
    this.#informer = informers.for(ipAddresses)
    const changed = ({ metadata: { name } }: IPAddress) => this.#queue.add(name)
    this.#informer.addHandler({
      add: changed,
      update: (old, now) => {
        this.#remember(old)
        changed(now)
      },
      delete: (old) => {
        this.#remember(old)
        changed(old)
      },
    })
  }

  async run(signal: AbortSignal): Promise<void> {
    const failed = (error: unknown, ip: string) => this.#options.logger.error('An IPAddress could not be repaired', error, { ip })
    await workOff(this.#queue, { handle: (ip) => this.#repair(ip), failed }, signal)
  }

  #remember(address: IPAddress): void {
    if (isOfService(address)) this.#parents.set(address.metadata.name, parentOf(address))
  }

  /** @returns after how many milliseconds to look again; 0: when something changes */
  async #repair(ip: string): Promise<number> {
    const { services, addresses, recorder, clock, logger } = this.#options
    const address = this.#informer.lister.get(ip)
    const parent = this.#parents.get(ip) ?? (address && isOfService(address) ? parentOf(address) : undefined)
    const repair = repairOf(ip, address, parent === undefined ? undefined : services.get(parent), clock.now())
    if (repair.type === 'delete') {
      logger.warn(repair.note)
      recorder.event(address!, 'Warning', repair.reason, repair.note)
      await addresses.drop(ip)
    }
    if (repair.type === 'make') {
      logger.warn('A cluster IP was not allocated; repairing', { ip, service: parent })
      recorder.event(repair.service, 'Warning', 'ClusterIPNotAllocated', `Cluster IP [${familyOf(ip)}]: ${ip} is not allocated; repairing`)
      if (address) await addresses.drop(ip)
      await addresses.take(ip, repair.service)
    }
    this.#parents.delete(ip)
    return repair.type === 'later' ? repair.ms : 0
  }
}

const parentOf = ({ spec }: IPAddress) => `${spec?.parentRef?.namespace}/${spec?.parentRef?.name}`
