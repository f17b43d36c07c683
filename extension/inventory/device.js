/** The device as `POST /api/v1/bindings` describes it: every member is there, and may be null. */

import { annotatedLocation } from './annotated_location.js';
import { assetId } from './asset_id.js';
import { directoryId } from './directory_id.js';
import { hostname } from './hostname.js';
import { model } from './model.js';
import { osVersion } from './os_version.js';
import { platform } from './platform.js';
import { serial } from './serial.js';

/**
 * Where ChromeOS does not tell who the device is, IT's `linux_device` does.
 * @param {import('../shapes.js').Managed} managed
 * @returns {Promise<Record<string, string | null>>}
 */
export const deviceFacts = async ({ linux_device = {} }) => ({
  directory_id: (await directoryId()) ?? linux_device.directory_id ?? null,
  serial: (await serial()) ?? linux_device.serial ?? null,
  asset_id: (await assetId()) ?? linux_device.asset_id ?? null,
  annotated_location: await annotatedLocation(),
  hostname: await hostname(),
  model: await model(),
  os_version: await osVersion(),
  platform: await platform(),
});
