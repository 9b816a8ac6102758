// What calls cost in Kubernetes: its own functions and those of the string extensions. These numbers are part of the API, for they
// decide which expressions are accepted. Source: k8s.io/apiserver pkg/cel/library/cost.go (CostEstimator).
import { actualSize } from '../../cost/actual-size.ts'
import type { CallCosts } from '../../declarations.ts'
import {
  addEstimates,
  type CallEstimate,
  type CallNode,
  type CostEstimate,
  type CostNode,
  costMax,
  fixed,
  multiplyEstimates,
  scaleEstimate,
  type SizeEstimate,
} from '../../cost/estimates.ts'
import { CelBytes, CelList, CelMap, type CelValue } from '../../values/value.ts'
import {
  cidrType,
  decisionType,
  formatType,
  authorizerType,
  groupCheckType,
  ipType,
  pathCheckType,
  quantityType,
  resourceCheckType,
  semverType,
  urlType,
} from '../types.ts'
import { perCallCostLimit } from '../limits.ts'
import { cidrSize, formatRegexSize, formatRegexSizeMax, ipSize } from './sizes.ts'

/** cel-go's, for walking through a text and for a regular expression by its length. */
const traversal = 0.1
const regexLength = 0.25
/** So that an expression has two of them. */
const authorizationCheck = 350_000

const nominal: ReadonlySet<string> = new Set(
  (
    'serviceAccount path group resource subresource namespace name allowed reason error errored fieldSelector labelSelector format.named ' +
    'jsonpatch.escapeKey masked prefixLength family isUnspecified isLoopback isLinkLocalMulticast isLinkLocalUnicast ' +
    'sign asInteger isInteger asApproximateFloat isGreaterThan isLessThan compareTo add sub major minor patch'
  ).split(' '),
)
const listWalks: ReadonlySet<string> = new Set(['isSorted', 'sum', 'max', 'min', 'indexOf', 'lastIndexOf'])
/** Of findAll; more cost one each, for making them is most of the work. Upstream charges nothing for any. */
const freeMatches = 1000
/** Functions that read one text once. */
const textWalks: ReadonlySet<string> = new Set(['url', 'cidr', 'isIP', 'isCIDR', 'quantity', 'isQuantity', 'semver', 'isSemver', 'ip'])
/** Functions on a text that give one of at most its size. */
const textChanges: ReadonlySet<string> = new Set(['lowerAscii', 'upperAscii', 'substring', 'trim'])
/** Types whose equality costs nothing to speak of. */
const unitTypes: ReadonlySet<string> = new Set(
  [ipType, cidrType, quantityType, semverType, urlType, formatType, authorizerType, pathCheckType, groupCheckType, resourceCheckType, decisionType].map(
    ({ name }) => name,
  ),
)

/** In characters, bytes, elements or entries; 1 for what has no size. */
const sizeOf = (value: CelValue | undefined) => ipSize(value) ?? cidrSize(value) ?? actualSize(value ?? null)

const walk = (value: CelValue | undefined, factor = 1) => Math.ceil(sizeOf(value) * factor * traversal)

/** @see cel-go's cost of `matches` */
export const regexCost = (text: CelValue, pattern: CelValue) => Math.ceil((1 + sizeOf(text)) * traversal) * Math.ceil(sizeOf(pattern) * regexLength)

/** Nothing that costs as much as an expression may is looked at any further. */
const valuesMax = perCallCostLimit

/** Of a value with everything in it; values may hold the same value many times. */
function traversalCost(value: CelValue | undefined): number {
  let seen = 0
  function costOf(part: CelValue | undefined): number {
    if (++seen > valuesMax) return valuesMax
    if (typeof part === 'string') return Math.floor(Buffer.byteLength(part) * traversal)
    if (part instanceof CelBytes) return Math.floor(part.value.length * traversal)
    if (!(part instanceof CelList || part instanceof CelMap)) return 1
    let cost = 0
    for (const entry of part instanceof CelList ? part : part.keys()) {
      cost += costOf(entry) + (part instanceof CelMap ? costOf(part.get(entry)) : 0)
      if (cost > valuesMax) break
    }
    return cost
  }
  return costOf(value)
}

function actual(name: string, overloadId: string, args: readonly CelValue[], result: CelValue): number | undefined {
  const [first, second] = args
  if (name === 'check') return authorizationCheck
  if (nominal.has(name) || overloadId === 'cidr_ip') return 1
  if (listWalks.has(name)) return traversalCost(first)
  if (textWalks.has(name) || textChanges.has(name)) return walk(first)
  switch (name) {
    case 'replace':
    case 'split':
    case 'ip.isCanonical':
      return walk(first, 2)
    case 'join':
      return walk(result, 2)
    case 'find':
      return regexCost(first!, second!)
    case 'findAll':
      return regexCost(first!, second!) + Math.max(0, sizeOf(result) - freeMatches)
    case 'validate':
      return Math.ceil((1 + sizeOf(second)) * traversal) * Math.ceil((formatRegexSize(first) ?? formatRegexSizeMax) * regexLength)
    case 'containsIP':
      return walk(first, 2) + (overloadId === 'cidr_contains_ip_string' ? walk(second) : 0)
    case 'containsCIDR':
      return walk(first, 2) + walk(first) + 1 + (overloadId === 'cidr_contains_cidr_string' ? walk(second) : 0)
    default:
      return undefined
  }
}

const scaled = (size: SizeEstimate, factor = 1): CostEstimate => scaleEstimate(size, factor * traversal)
const only = (cost: CostEstimate, resultSize?: SizeEstimate): CallEstimate => ({ cost, ...(resultSize ? { resultSize } : {}) })

const elementOf = ({ path, type, expr }: CostNode): CostNode | undefined =>
  type.parameters.length > 0 ? { path: path && [...path, '@items'], type: type.parameters[0]!, expr, computedSize: undefined } : undefined

function listWalk(call: CallNode, target: CostNode): CallEstimate {
  const size = call.sizeOf(target)
  const element = elementOf(target)
  if (!element) return only(scaled(size)) // a text, which has indexOf and lastIndexOf, too
  const isText = element.type.kind === 'string' || element.type.kind === 'bytes'
  return only(multiplyEstimates(size, isText ? addEstimates(fixed(1), scaled(call.sizeOf(element))) : fixed(1)))
}

/** How long a text can become when parts of it are replaced. */
function replacedSize(size: SizeEstimate, from: SizeEstimate, to: SizeEstimate): SizeEstimate {
  const end = (which: 'min' | 'max') => {
    const other = which === 'max' ? 'min' : 'max'
    // Nothing is replaced around every character.
    if (from[other] === 0) return multiplyEstimates(fixed(Math.min(size[which] + 1, costMax)), to)[which] + size[which]
    const grows = which === 'max' ? to.max > from.min : from.max > to.min
    return grows ? Math.ceil(size[which] / from[other]) * to[which] : size[which]
  }
  return { min: Math.min(end('min'), costMax), max: Math.min(end('max'), costMax) }
}

function joined(call: CallNode, target: CostNode): CallEstimate {
  const list = call.sizeOf(target)
  const element = elementOf(target)
  let size: SizeEstimate = element ? multiplyEstimates(list, call.sizeOf(element)) : fixed(0)
  const [separator] = call.args
  if (separator) {
    const between = { min: Math.max(list.min - 1, 0), max: Math.max(list.max - 1, 0) }
    size = addEstimates(size, multiplyEstimates(call.sizeOf(separator), between))
  }
  return only(scaled(size), size)
}

/** Two addresses, each of 4 to 16 bytes. */
const addressSize: SizeEstimate = { min: 4, max: 16 }

function estimate(call: CallNode): CallEstimate | undefined {
  const { function: name, overloadId, target, args } = call
  const [first, second] = args
  if (name === 'check') return only(fixed(authorizationCheck))
  if (nominal.has(name) || overloadId === 'cidr_ip') return only(fixed(1))
  if (name === '_==_' && first && second) return first.type.name === second.type.name && unitTypes.has(first.type.name) ? only(fixed(1)) : undefined
  if (!target) return estimateGlobal(name, call)
  if (listWalks.has(name)) return listWalk(call, target)
  const size = call.sizeOf(target)
  if (textChanges.has(name)) return only(scaled(size), size)
  switch (name) {
    case 'replace':
      return first && second ? only(scaled(size, 2), replacedSize(size, call.sizeOf(first), call.sizeOf(second))) : undefined
    case 'split':
      return only(scaled(size, 2), { min: 0, max: size.max })
    case 'join':
      return joined(call, target)
    case 'find':
    case 'findAll': {
      const pattern = scaleEstimate(call.sizeOf(first!), regexLength)
      return only(multiplyEstimates(scaled(addEstimates(size, fixed(1))), pattern), { min: 0, max: size.max })
    }
    case 'validate':
      return only(scaleEstimate(scaled(call.sizeOf(first!)), formatRegexSizeMax * regexLength))
    case 'containsIP':
    case 'containsCIDR': {
      const compared = scaled(addEstimates(addressSize, addressSize))
      const whole = name === 'containsIP' ? compared : addEstimates(addEstimates(compared, scaled(addressSize)), fixed(1))
      return only(overloadId.endsWith('_string') ? addEstimates(whole, scaled(call.sizeOf(first!))) : whole)
    }
    default:
      return undefined
  }
}

/** Upstream estimates most functions without a target only if they have one, so that they count as one unit; so must we. */
const estimateGlobal = (name: string, call: CallNode): CallEstimate | undefined =>
  name === 'url' && call.args.length === 1 ? only(scaled(call.sizeOf(call.args[0]!))) : undefined

export const callCosts: CallCosts = { estimate, actual }
