import assert from "node:assert/strict";
import { test } from "node:test";
import type { NeedRow } from "../src/data/contract";
import type { Moment } from "../src/data/moment";
import { metres, type Network, type Station } from "../src/data/network";
import { type Load, recoveryKey, type Tour, type TourOptions, toursOf } from "../src/data/tours";

interface Place {
  /** Metres north of the first station. */
  north?: number;
  east?: number;
  mechanical: number;
  ebikes: number;
  docks: number;
  /** Bikes to add (positive) or remove (negative). */
  need: number;
  zone?: number;
}

const METRES_A_DEGREE = 111_195;
const OPTIONS: TourOptions = { van: 20, least: 3, type: "all" };

function world(places: Place[]): { network: Network; at: Moment; need: NeedRow[] } {
  const stations = places.map(({ north = 0, east = 0, zone = 0 }, index): Station => {
    const code = String(1000 + index);
    const lon = 2.35 + east / (METRES_A_DEGREE * Math.cos((48.8 * Math.PI) / 180));
    return {
      index,
      code,
      name: `Station ${code}`,
      lat: 48.8 + north / METRES_A_DEGREE,
      lon,
      located: true,
      zone,
      capacity: 30,
    };
  });
  const counts = (of: (place: Place) => number) => Int16Array.from(places, of);
  return {
    network: {
      stations,
      zones: [{ code: "A", name: "Zone A" }] as Network["zones"],
      byCode: new Map(stations.map(({ code, index }) => [code, index])),
      zoneByCode: new Map([["A", 0]]),
    },
    at: {
      epoch: 0,
      bikes: counts((one) => (one.mechanical < 0 ? -one.mechanical : one.mechanical + one.ebikes)),
      mechanical: counts((one) => (one.mechanical < 0 ? -1 : one.mechanical)),
      ebikes: counts((one) => (one.mechanical < 0 ? -1 : one.ebikes)),
      docks: counts((one) => one.docks),
      state: new Uint8Array(places.length),
    },
    need: stations.flatMap(({ code, index }) => {
      const { need } = places[index]!;
      return need
        ? [{ station_code: code, bikes_to_add: Math.max(0, need), bikes_to_take: Math.max(0, -need) } as NeedRow]
        : [];
    }),
  };
}

function plan(places: Place[], options: Partial<TourOptions> = {}, recovery = new Map<string, number>()): Tour[] {
  const { network, at, need } = world(places);
  return toursOf(network, at, need, { ...OPTIONS, ...options }, recovery);
}

const full = (more: Partial<Place> = {}): Place => ({ mechanical: 18, ebikes: 12, docks: 0, need: -6, ...more });
const empty = (more: Partial<Place> = {}): Place => ({ mechanical: 0, ebikes: 0, docks: 30, need: 6, ...more });
const loadsOf = (tour: Tour) => tour.stops.map(({ station, load }) => [station, load]);

test("bikes go from the full station to the empty one", () => {
  const [tour, ...more] = plan([full(), empty({ north: 1000 })]);
  assert.deepEqual(more, []);
  assert.deepEqual(tour!.bikes, [4, 2]);
  assert.deepEqual(loadsOf(tour!), [
    [0, [4, 2]],
    [1, [-4, -2]],
  ]);
  assert.equal(Math.round(tour!.lengthM), 1000);
});

for (const [north, tours] of [
  [2_999, 1],
  [3_001, 0],
] as const)
  test(`bikes are taken ${north} m away ${tours} times`, () =>
    assert.equal(plan([full(), empty({ north })]).length, tours));

for (const [north, tours] of [
  [1_499, 1],
  [1_501, 2],
] as const)
  test(`a station ${north} m from the stops is served by ${tours === 1 ? "the same tour" : "another one"}`, () => {
    assert.equal(plan([full({ need: -20 }), empty({ need: 4 }), empty({ north: -north, need: 4 })]).length, tours);
  });

for (const [need, least, tours] of [
  [3, 3, 1],
  [2, 3, 0],
  [2, 2, 1],
] as const)
  test(`${need} bikes are ${tours ? "" : "not "}worth a stop of at least ${least}`, () => {
    assert.equal(plan([full(), empty({ north: 500, need })], { least }).length, tours);
  });

test("a van is filled no further than it holds, and comes again", () => {
  const tours = plan([full({ need: -14 }), empty({ north: 500, need: 14 })], { van: 8 });
  assert.deepEqual(
    tours.map(({ bikes }) => bikes[0] + bikes[1]),
    [8, 6],
  );
});

test("several small ones make one tour", () => {
  const tours = plan([
    full({ need: -3 }),
    full({ east: 300, need: -3 }),
    empty({ north: 300, need: 3 }),
    empty({ north: 600, need: 3 }),
  ]);
  assert.equal(tours.length, 1);
  assert.equal(tours[0]!.stops.length, 4);
});

test("each type goes where it is lacking", () => {
  const onlyMechanical = full({ mechanical: 28, ebikes: 0 });
  const withoutMechanical = empty({ north: 400, ebikes: 2 });
  const [tour] = plan([onlyMechanical, withoutMechanical]);
  assert.deepEqual(tour!.bikes, [6, 0]);
});

test("of one type only that type is moved", () => {
  for (const [type, place] of [
    ["mechanical", 1],
    ["ebike", 0],
  ] as const)
    for (const { bikes } of plan([full({ need: -12 }), empty({ north: 400, need: 12 })], { type })) {
      assert.equal(bikes[place], 0);
      assert.ok(bikes[1 - place]! > 0);
    }
});

test("a feed without types is served without them", () => {
  const [tour] = plan([full({ mechanical: -30 }), { mechanical: 0, ebikes: 0, docks: 30, need: 6, north: 500 }]);
  assert.deepEqual(tour!.bikes, [6, 0]);
});

test("an outage is ended once, and lasts as its zone's outages do", () => {
  const recovery = new Map([
    [recoveryKey("A", "no_bike"), 90],
    [recoveryKey("A", "no_dock"), 40],
  ]);
  const tours = plan([full({ need: -14 }), empty({ north: 500, need: 14 })], { van: 8 }, recovery);
  assert.deepEqual(
    tours.map(({ outages, minutesSaved }) => [outages, minutesSaved]),
    [
      [2, 130],
      [0, null],
    ],
  );
});

test("where nobody knows how long outages last, no time is named", () => {
  const [tour] = plan([full(), empty({ north: 500 })]);
  assert.deepEqual([tour!.outages, tour!.minutesSaved], [2, null]);
});

/** Seeded, so that a failure can be met again. */
function chance(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    return state / 2 ** 31;
  };
}

test("whatever the network: nothing is lost, nothing overfilled, every stop is worth it", () => {
  for (let seed = 1; seed <= 60; seed++) {
    const random = chance(seed);
    const upTo = (most: number) => Math.floor(random() * (most + 1));
    const places = Array.from({ length: 120 }, (): Place => {
      const [north, east, capacity] = [upTo(9000), upTo(9000), 10 + upTo(40)];
      const bikes = [0, upTo(capacity >> 3), upTo(capacity), capacity - upTo(capacity >> 3), capacity][upTo(4)]!;
      const ebikes = upTo(bikes);
      const need =
        bikes < 0.2 * capacity
          ? Math.ceil(0.2 * capacity) - bikes
          : bikes > 0.8 * capacity
            ? Math.floor(0.8 * capacity) - bikes
            : 0;
      return { north, east, mechanical: bikes - ebikes, ebikes, docks: capacity - bikes, need };
    });
    const options: TourOptions = {
      van: 5 + upTo(25),
      least: 1 + upTo(4),
      type: (["all", "mechanical", "ebike"] as const)[upTo(2)]!,
    };
    const { network, at, need } = world(places);
    const tours = toursOf(network, at, need, options, new Map());
    const moved = places.map((): Load => [0, 0]);
    for (const { stops, bikes, lengthM } of tours) {
      const onBoard: Load = [0, 0];
      let [before, length] = [-1, 0];
      for (const { station, load, onBoard: said, legM } of stops) {
        for (const type of [0, 1] as const) {
          onBoard[type] += load[type];
          moved[station]![type] += load[type];
          assert.ok(onBoard[type] >= 0, `seed ${seed}: unloaded what is not on board`);
          assert.ok(
            Math.sign(load[type]) !== -Math.sign(load[0] + load[1]),
            `seed ${seed}: one type on, the other off`,
          );
        }
        assert.ok(Math.abs(load[0] + load[1]) >= options.least, `seed ${seed}: not worth the stop`);
        assert.ok(onBoard[0] + onBoard[1] <= options.van, `seed ${seed}: overfilled`);
        assert.equal(said, onBoard[0] + onBoard[1]);
        if (before >= 0) length += metres(network.stations[before]!, network.stations[station]!);
        assert.ok(before >= 0 || legM === 0);
        before = station;
      }
      assert.deepEqual(onBoard, [0, 0], `seed ${seed}: not emptied`);
      assert.ok(Math.abs(length - lengthM) < 1e-6);
      assert.equal(
        bikes[0] + bikes[1],
        stops.reduce((all, { load }) => all + Math.max(0, load[0] + load[1]), 0),
      );
      assert.equal(new Set(stops.map(({ station }) => station)).size, stops.length);
    }
    places.forEach(({ need: wanted, mechanical, ebikes }, i) => {
      const [m, e] = moved[i]!;
      assert.ok(
        wanted >= 0 ? m + e <= 0 && -(m + e) <= wanted : m + e <= -wanted && m <= mechanical && e <= ebikes,
        `seed ${seed}: station ${i} of ${wanted} got ${-(m + e)}`,
      );
      if (options.type === "mechanical") assert.equal(e, 0);
      if (options.type === "ebike") assert.equal(m, 0);
    });
  }
});
