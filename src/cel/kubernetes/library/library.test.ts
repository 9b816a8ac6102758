// Kubernetes' libraries: values, errors in upstream's words, costs.
import { describe, expect, test } from 'vitest'
import { evaluate } from '../fake/evaluate.ts'

/** A text that begins with `! ` is an error. */
const check = (source: string, expected: unknown) => {
  const { value } = evaluate(source)
  if (typeof expected === 'string' && expected.startsWith('! ')) expect((value as Error).message).toContain(expected.slice(2))
  else expect(value).toEqual(expected)
}

describe('quantity', () => {
  test.each<[string, unknown]>([
    ["quantity('1.5Gi').asInteger()", 1_610_612_736],
    ["quantity('50k') == quantity('50000')", true],
    ["quantity('1Mi') == quantity('1M')", false],
    ["quantity('50.703k').isInteger()", true],
    ["quantity('50.1').isInteger()", false],
    ["quantity('50.1').asInteger()", '! cannot convert value to integer'],
    ["quantity('9999999999999999999999').isInteger()", false],
    ["quantity('50.5').asApproximateFloat()", 50.5],
    ["quantity('1Mi').compareTo(quantity('1M'))", 1],
    ["quantity('1').compareTo(quantity('1000m'))", 0],
    ["quantity('1k').isLessThan(quantity('1Ki')) && quantity('1Ki').isGreaterThan(quantity('1k'))", true],
    ["quantity('50').add(20).sub(quantity('1k')) == quantity('-930')", true],
    ["quantity('2').add(quantity('500m')).sub(1) == quantity('1500m')", true],
    ["sign(quantity('-3'))", -1],
    ["isQuantity('1.3Gi') && isQuantity('-1') && isQuantity('1e3')", true],
    ["isQuantity('10,000') || isQuantity('') || isQuantity('1.2.3') || isQuantity('200K')", false],
    ["quantity('10,000')", "! quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"],
    ["type(quantity('1')) == quantity", '! undeclared reference'],
    ['quantity(5)', "! found no matching overload for 'quantity' applied to '(int)'"],
  ])('%s', check)
})

describe('url', () => {
  test.each<[string, unknown]>([
    ["url('https://user:pass@example.com:8080/a%20b?k=v&k=w&e#f').getScheme()", 'https'],
    ["url('https://user:pass@example.com:8080/').getHost()", 'example.com:8080'],
    ["url('https://[::1]:80/').getHost()", '[::1]:80'],
    ["url('https://[::1]:80/').getHostname()", '::1'],
    ["url('https://[::1]:80/').getPort() + url('https://x').getPort()", '80'],
    ["url('https://x/a%20b').getEscapedPath()", '/a%20b'],
    ["url('https://x/a b').getEscapedPath()", '/a%20b'],
    ["url('https://x/?k=v&k=w&e').getQuery()", { k: ['v', 'w'], e: [''] }],
    ["url('/path').getHost()", ''],
    ["url('https://x') == url('https://x')", true],
    ["isURL('https://x') && isURL('/abs')", true],
    ["isURL('relative') || isURL('https://a:b:c/') || isURL('')", false],
    ["url('relative')", '! URL parse error during conversion from string: parse "relative": invalid URI for request'],
    ["url('https://a:port/')", '! invalid port ":port" after host'],
  ])('%s', check)
})

describe('ip and cidr', () => {
  test.each<[string, unknown]>([
    ["ip('127.0.0.1').family() + ip('::1').family()", 10],
    ["ip('127.0.0.1').isLoopback() && ip('::').isUnspecified() && ip('224.0.0.1').isLinkLocalMulticast() && ip('fe80::1').isLinkLocalUnicast()", true],
    ["ip('10.0.0.1').isGlobalUnicast() && !ip('127.0.0.1').isGlobalUnicast()", true],
    ["ip.isCanonical('2001:db8::1')", true],
    ["ip.isCanonical('2001:DB8::1')", false],
    ["ip('::1') == ip('0:0:0:0:0:0:0:1')", true],
    ["string(ip('2001:DB8::0:1'))", '2001:db8::1'],
    ["isIP('1.2.3') || isIP('01.2.3.4') || isIP('1.2.3.4%eth0') || isIP('fe80::1%eth0')", false],
    ["ip('::ffff:1.2.3.4')", '! IPv4-mapped IPv6 address "::ffff:1.2.3.4" is not allowed'],
    ["ip('1.2.3.4.5')", '! IP Address "1.2.3.4.5" parse error during conversion from string: ParseAddr("1.2.3.4.5"): IPv4 address too long'],
    ["cidr('10.0.0.0/8').containsIP('10.1.1.1') && cidr('10.0.0.0/8').containsIP(ip('10.1.1.1'))", true],
    ["cidr('10.0.0.0/8').containsCIDR('10.1.0.0/16') && !cidr('10.1.0.0/16').containsCIDR(cidr('10.0.0.0/8'))", true],
    ["cidr('::/0').containsIP('10.0.0.1')", false],
    ["string(cidr('10.1.2.3/8').masked()) + ' ' + string(cidr('10.1.2.3/8').ip())", '10.0.0.0/8 10.1.2.3'],
    ["cidr('2001:db8::/32').prefixLength()", 32],
    ["isCIDR('10.0.0.0/8') && !isCIDR('10.0.0.0/33') && !isCIDR('10.0.0.0')", true],
    ["cidr('10.0.0.0/33')", '! network address parse error during conversion from string'],
  ])('%s', check)
})

describe('regex and lists', () => {
  test.each<[string, unknown]>([
    ["'abc 123'.find('[0-9]+')", '123'],
    ["'abc'.find('[0-9]+')", ''],
    ["'123 abc 456'.findAll('[0-9]+')", ['123', '456']],
    ["'1 2 3'.findAll('[0-9]', 2)", ['1', '2']],
    ["'1 2 3'.findAll('[0-9]', 0)", []],
    ["'1 2 3'.findAll('[0-9]', -1)", ['1', '2', '3']],
    ["'a'.find('(')", '! program instantiation failed: error parsing regexp: missing closing ): `(`'],
    ["'a'.find('(' + string(1))", '! Illegal regex: error parsing regexp: missing closing ): `(1`'],
    ['[1, 3, 3].isSorted() && ![3, 1].isSorted() && [].isSorted()', true],
    ["['a', 'b'].isSorted() && [false, true].isSorted()", true],
    ['[1, 2].sum() + [].sum()', 3],
    ['[1.5, 2.5].sum()', 4],
    ["[duration('1h'), duration('1m')].sum() == duration('61m')", true],
    ['[3, 1, 2].max() * 10 + [3, 1, 2].min()', 31],
    ['[].max()', '! max called on empty list'],
    ['[].min()', '! min called on empty list'],
    ["['a', 'b', 'a'].indexOf('a') * 10 + ['a', 'b', 'a'].lastIndexOf('a')", 2],
    ['[1, 2].indexOf(3)', -1],
    ["'hello'.indexOf('l') * 10 + 'hello'.lastIndexOf('l')", 23],
  ])('%s', check)
})

describe('format and semver', () => {
  test.each<[string, unknown]>([
    ["format.dns1123Label().validate('good')", 'none'],
    ["format.dns1123Label().validate('Bad').value()[0].startsWith('a lowercase RFC 1123 label must consist of lower case')", true],
    ["format.dns1123Subdomain().validate('a..b').hasValue()", true],
    ["format.qualifiedName().validate('example.com/x').hasValue()", false],
    ["format.labelValue().validate('a b').hasValue()", true],
    ["format.date().validate('2024-02-30').value()", ['invalid date']],
    ["format.uuid().validate('x').value()", ['does not match the UUID format']],
    ["format.byte().validate('YQ==')", 'none'],
    ["format.datetime().validate('yesterday').value()", ['invalid datetime']],
    ["format.uri().validate('https://x/')", 'none'],
    ["format.named('dns1035LabelPrefix').value() == format.dns1035LabelPrefix()", true],
    ["format.named('nothing')", 'none'],
    ["semver('1.2.3').compareTo(semver('1.2.3-rc.1'))", 1],
    ["semver('1.2.3') == semver('1.2.3+build')", true],
    ["semver('1.2.3').isLessThan(semver('1.10.0')) && semver('2.0.0').isGreaterThan(semver('1.9.9'))", true],
    ["semver('1.2.3').major() * 100 + semver('1.2.3').minor() * 10 + semver('1.2.3').patch()", 123],
    ["isSemver('v1.0') || isSemver('1.0') || isSemver('01.0.0') || isSemver('')", false],
    ["isSemver('v1.0', true) && isSemver('01.0.0', true) && semver('v1', true) == semver('1.0.0')", true],
    ["semver('01.2.3')", '! Major number must not contain leading zeroes "01"'],
    ["semver('1.2')", '! No Major.Minor.Patch elements found'],
  ])('%s', check)
})

describe('costs', () => {
  // Reading a text costs a tenth of its length, a regular expression a quarter of its own for each of those.
  test.each<[string, number]>([
    ["quantity('1') == quantity('1')", 3],
    ["quantity('1').add(quantity('2')).isInteger()", 4],
    ["url('https://example.com/').getHost()", 3],
    ["ip('127.0.0.1').isLoopback()", 2],
    ["'abc'.find('[a-z]')", 2],
    [`'${'x'.repeat(100)}'.find('[a-z][a-z][a-z][a-z]')`, 55],
    ["format.dns1123Label().validate('abc').hasValue()", 10],
    ["'abc'.lowerAscii() == 'abc'", 2],
    [`'${'x'.repeat(1100)}'.findAll('x').size()`, 111 + 100 + 1],
    [`'${'x'.repeat(100)}'.replace('x', 'yy').size()`, 21],
  ])('%s costs %i', (source, cost) => expect(evaluate(source).cost).toBe(cost))
})

test('what the language warns about in literals is refused', () => {
  check("timestamp('x')", '! invalid timestamp argument')
  check("'x'.matches('(')", '! invalid matches argument')
})
