/**
 * The place by the device's own network, where the browser tells a local address: compared here, with the city's table
 * out of the settings. Only the place is recorded; the address never leaves the device.
 */

/** @param {string} text @returns {{bits: bigint, size: number} | null} */
export const addressOf = (text) => {
  if (/^\d{1,3}(\.\d{1,3}){3}$/.test(text)) {
    const parts = text.split('.').map(Number);
    if (parts.some((part) => part > 255)) return null;
    return { bits: parts.reduce((bits, part) => (bits << 8n) | BigInt(part), 0n), size: 32 };
  }
  if (!text.includes(':') || !/^[0-9a-f:]+$/i.test(text)) return null;
  const [left, right, more] = text.split('::');
  if (more !== undefined) return null;
  const of = (/** @type {string | undefined} */ half) => (half ? half.split(':') : []);
  const missing = 8 - of(left).length - of(right).length;
  if (right === undefined ? missing !== 0 : missing < 1) return null;
  const groups = [...of(left), ...Array.from({ length: Math.max(0, missing) }, () => '0'), ...of(right)];
  if (groups.some((group) => !/^[0-9a-f]{1,4}$/i.test(group))) return null;
  return { bits: groups.reduce((bits, group) => (bits << 16n) | BigInt(`0x${group}`), 0n), size: 128 };
};

/**
 * @param {string} address
 * @param {string} network in CIDR form
 */
export const within = (address, network) => {
  const [start, length] = network.split('/');
  const a = addressOf(address);
  const n = addressOf(start);
  const prefix = Number(length);
  if (!a || !n || a.size !== n.size || !/^\d{1,3}$/.test(length ?? '') || prefix > a.size) return false;
  const shift = BigInt(a.size - prefix);
  return a.bits >> shift === n.bits >> shift;
};

/**
 * The most exact network that holds one of the addresses decides.
 * @param {readonly (string | undefined)[]} addresses
 * @param {readonly {network: string, place: string}[]} table
 * @returns {string | null}
 */
export const placeOf = (addresses, table) => {
  const exact = (/** @type {string} */ network) => Number(network.split('/')[1]);
  const found = table
    .filter(({ network }) => addresses.some((address) => address && within(address, network)))
    .sort((a, b) => exact(b.network) - exact(a.network));
  return found[0]?.place ?? null;
};

/** @returns {Promise<(string | undefined)[] | null>} null where the browser does not tell, or is offline */
export const localAddresses = async () => {
  const ask = chrome.enterprise?.networkingAttributes?.getNetworkDetails;
  if (!ask) return null;
  try {
    const { ipv4, ipv6 } = await ask();
    return [ipv4, ipv6];
  } catch (error) {
    console.info('no network to compare now', error);
    return null;
  }
};
