/**
 * The shapes of what the database holds. Instants that the device compares are numbers (ms since 1970, the device's
 * clock); instants that go on the wire are texts in RFC 3339.
 */

/**
 * @typedef {{ seq: number, at: string, kind: string } & Record<string, string | number | boolean>} DeviceEvent
 *
 * @typedef {object} EventRecord one row of the store `events`
 * @property {number} seq
 * @property {string} text the event as RFC 8785 text, exactly as it is sent
 * @property {string} [head] the chain's head behind this event, base64url; a derivation, filled in at the first flight
 * @property {boolean} [unsendable] no server could read it alone: only its digest is sent
 * @property {{code: string, detail: string}} [refused] why the server put it into quarantine
 *
 * @typedef {object} Journal meta `journal`
 * @property {string} keyid thumbprint of the key; the journal's head before its first event
 * @property {number} last_seq number of the last event recorded, 0 when there is none
 * @property {number} next_seq what the server expects next: everything below is acknowledged
 * @property {number} base_seq everything up to here has been pruned
 * @property {string} base_head the head at `base_seq`
 * @property {number | null} epoch
 * @property {number} limit how many events the next batch may hold (halved when a batch could not be read)
 * @property {{through: number, since: number, at: number}[]} marks when events were acknowledged, a mark a day
 *
 * @typedef {object} Sender meta `sender`
 * @property {number} attempt failures in a row
 * @property {number} failed_at
 * @property {number} wait_ms how long after `failed_at` nothing is sent
 * @property {string | null} failing why it waits: `network`, or a code of the server
 * @property {{code: string, detail: string, at: number} | null} blocked the server said no; nothing is sent
 * @property {number} offset_ms server clock − device clock, as last measured
 * @property {number | null} last_answer_at
 * @property {number | null} last_beat_at
 * @property {number} next_beat_s
 * @property {string | null} settings_etag what the server said last
 *
 * @typedef {'active' | 'away' | 'locked'} Mode
 *
 * @typedef {object} Activity meta `activity`
 * @property {string} session_id the browser session this was written in
 * @property {boolean} opened whether this browser session began with `started`
 * @property {boolean} open whether the journal's session stands open
 * @property {string} version of the extension
 * @property {number | null} previous_alive_at the alive mark as it stood when the browser session began
 * @property {number} alive_at
 * @property {number} started_at when the open session began
 * @property {Mode} mode
 * @property {number} since when the mode began
 * @property {number | null} screensaver_since
 * @property {string | null} place
 * @property {string | null} network_place
 * @property {{since: number, until: number | null} | null} meeting
 * @property {number} offset_ms as last recorded in the journal
 *
 * @typedef {object} Binding meta `binding`
 * @property {string} keyid
 * @property {string} binding_id
 * @property {string | null} device_id
 * @property {{id: string, name: string, email: string}} person
 * @property {string} trust
 *
 * @typedef {object} Identity meta `identity`: where signing in stands
 * @property {{code: string, detail: string} | null} trouble
 * @property {number} attempt
 * @property {number} failed_at
 * @property {number} wait_ms
 * @property {string | null} replaces the binding that this key takes over from
 * @property {boolean} wanted a fresh token is asked for although the key is bound
 *
 * @typedef {object} Whereabouts
 * @property {string} id
 * @property {string} status
 * @property {string} [destination]
 * @property {string} [back_at]
 * @property {string} [note]
 * @property {string} made_at
 *
 * @typedef {object} Waiting one row of the store `waiting`: what is sent as it stands, until it is answered
 * @property {string} id
 * @property {'whereabouts' | 'acknowledgement'} kind
 * @property {number} made_at
 * @property {Record<string, unknown>} body
 *
 * @typedef {{state: 'done' | 'failed' | 'unsupported', detail?: string}} OrderResult
 * @typedef {{id: string, kind: string} & Record<string, unknown>} Order
 * @typedef {{id: string, keyid: string, order: Order, result: OrderResult | null, told: boolean}} OrderRecord
 *
 * @typedef {object} Managed
 * @property {string} [server_url]
 * @property {string} [oidc_client_id]
 * @property {string} [oidc_authorize_url]
 * @property {string} [oidc_scope]
 * @property {boolean} [working_hours_only]
 * @property {{directory_id?: string, serial?: string, asset_id?: string}} [linux_device]
 *
 * @typedef {{value: any, layer: string, locked: boolean, origins?: unknown}} SettingValue
 * @typedef {{revision: [number, number], etag: string, values: Record<string, SettingValue>}} Settings
 * @typedef {'applied' | 'unsupported' | 'overruled' | 'failed'} AppliedState
 * @typedef {{key: string, state: AppliedState, detail?: string}} SettingResult
 */

export {};
