/** States of vehicles as the server writes them, whole or compact. Pure. */

import { readDate } from "./time.js";

/**
 * @typedef {import("./fleet.js").State} State
 * @typedef {import("./fleet.js").WireState} WireState
 * @typedef {import("./fleet.js").WireGsm} WireGsm
 */

/** @param {WireState} wire @param {?State} before what a compact state does not say is as it was @returns {State} */
export function readState(wire, before) {
  const gps = wire.gps ?? {};
  return {
    position: gps.location ?? null,
    heading: gps.heading ?? null,
    speed: gps.speed ?? null,
    fixedAt: readDate(gps.updated),
    updatedAt: readDate(wire.last_update),
    connection: wire.connection_status,
    movement: wire.movement_status ?? null,
    movementSince: readDate(wire.movement_status_update),
    ignition: wire.ignition ?? null,
    ignitionSince: readDate(wire.ignition_update),
    satellites: gps.signal_level ?? null,
    ...levelsOf(wire, before),
  };
}

/** What compact states lack. @param {WireState} wire @param {?State} before */
export function levelsOf(wire, before) {
  return {
    battery: wire.battery_level === undefined ? (before?.battery ?? null) : wire.battery_level,
    batteryAt: wire.battery_level === undefined ? (before?.batteryAt ?? null) : readDate(wire.battery_update),
    inputs: wire.inputs ?? before?.inputs ?? null,
    outputs: wire.outputs ?? before?.outputs ?? null,
    gsm: wire.gsm === undefined ? (before?.gsm ?? null) : readGsm(wire.gsm),
  };
}

/** @param {?WireGsm} wire @returns {State["gsm"]} */
function readGsm(wire) {
  const { updated, signal_level: level = null, network_name: network = null, roaming } = wire ?? {};
  if (level === null && network === null) return null;
  return { level, network, isRoaming: roaming ?? false, at: readDate(updated) };
}
