/** When what goes wrong: each kind of trouble that a plan has, as events in the world. */
import type { World, Slot } from './world.ts'

export function planTroubles(world: World): void {
  const { plan, faultDraw: draw } = world
  const { troubles, horizonMs } = plan
  const times = (count: number, run: () => void): void => {
    for (let index = 0; index < count; index += 1) world.time.after(draw.real(50, horizonMs), run)
  }
  if (troubles.has('node-crash')) times(draw.whole(1, 3), () => crash(world))
  if (troubles.has('journal-lost')) times(1, () => loseJournal(world))
  if (troubles.has('journal-copied')) times(1, () => copyJournal(world))
  if (troubles.has('database-down')) times(draw.whole(1, 2), () => goDown(world))
  if (troubles.has('database-restored')) restoreDatabase(world)
  if (troubles.has('clock-jumps')) times(draw.whole(1, 3), () => draw.one(world.slots).clock.jump(draw.one([-3_600_000, -4_000, 1_500, 60_000, 86_400_000])))
  if (troubles.has('disk-full')) times(1, () => fillDisk(world))
}

const living = (world: World): Slot | undefined => {
  const slots = world.slots.filter((slot) => slot.running !== undefined)
  return slots.length === 0 ? undefined : world.faultDraw.one(slots)
}

const bootLater = (world: World, slot: Slot): void => void world.time.after(world.faultDraw.real(5, 4_000), () => {
  if (slot.running === undefined) world.boot(slot)
})

function crash(world: World): void {
  const slot = living(world)
  if (slot === undefined) return
  world.kill(slot)
  bootLater(world, slot)
}

/** The disk is gone with all that was not shipped. A person writes the journal off, sooner or later. */
function loseJournal(world: World): void {
  const slot = living(world)
  if (slot === undefined) return
  world.kill(slot)
  const { disk } = slot
  world.lost.push(disk)
  slot.disk = world.newDisk()
  bootLater(world, slot)
  world.writtenOff = true
  const writeOff = (): void => {
    if (world.weather.down) return void world.time.after(200, writeOff)
    void world.time.waitFor(world.shelf.ledger.writeOff(disk.identity)).then(world.weather.touched)
  }
  world.time.after(world.faultDraw.real(10, 6_000), writeOff)
}

/** A second node is started from a copy of a running node's files. */
function copyJournal(world: World): void {
  const slot = living(world)
  if (slot === undefined) return
  world.copied = true
  const { identity, rows, last, confirmed } = slot.disk
  const copy = world.addSlot({ identity, rows: [...rows], last, confirmed, room: Infinity }, false)
  world.crashed.add(copy.disk)
  world.auditor.copied(copy.disk)
  world.boot(copy)
}

function goDown(world: World): void {
  world.weather.down = true
  world.time.after(world.faultDraw.real(20, 7_000), () => {
    world.weather.down = false
    for (const listener of [...world.weather.listeners]) listener('resync')
  })
}

/** The database fails, and comes back as it was some time ago. */
function restoreDatabase(world: World): void {
  const { faultDraw: draw, plan, time, shelf, weather } = world
  const at = draw.real(0, plan.horizonMs)
  let saved: unknown
  time.after(at, () => void time.waitFor(shelf.save()).then((copy) => { saved = copy }))
  time.after(draw.real(at + 10, plan.horizonMs + 20), () => {
    world.restored = true
    weather.down = true
    time.after(draw.real(1, 500), () => void time.waitFor(shelf.restore(saved)).then(() => {
      weather.down = false
      weather.touched()
      for (const listener of [...weather.listeners]) listener('resync')
    }))
  })
}

/** From here on the node's disk takes only a little more. Room is made, and the node goes on by itself, or is restarted on a larger one. */
function fillDisk(world: World): void {
  const slot = living(world)
  if (slot === undefined) return
  slot.disk.room = world.faultDraw.whole(0, 2_500)
  slot.broken = true
  const restarts = world.faultDraw.chance(0.5)
  world.time.after(world.faultDraw.real(200, 3_000), () => {
    slot.disk.room = Infinity
    if (!restarts) return void world.time.after(2_000, () => { slot.broken = false })
    world.kill(slot)
    bootLater(world, slot)
  })
}
