// Amounts, rates, addresses and presence: the small rules of network playback.

import { describe, expect, it } from "vitest";
import { parseAddress, hostOf, isAddress } from "../../lib/address";
import { bitRate, byteRate, byteSize, roughTime } from "../../lib/amounts";
import { bySeries, downloadShare, isAway, presenceMark } from "../../lib/presence";
import { RateMeter, RateMeters } from "../../lib/rate";
import { remainingBytes } from "../../lib/state/downloads.svelte";
import { download, episode } from "../sample";

const MIB = 1024 * 1024;

describe("amounts", () => {
  it("sizes_are_written_as_the_language_writes_numbers", () => {
    expect(byteSize(1.25 * 1024 * MIB, "en")).toBe("1.3 GiB");
    expect(byteSize(1.5 * 1024 * MIB, "es")).toBe("1,5 GiB");
    expect(byteSize(0, "en")).toBe("0 KiB");
    expect(byteSize(850.4 * MIB, "en")).toBe("850 MiB");
    expect(byteRate(256 * 1024, "zh-Hans")).toBe("256 KiB/s");
  });

  it("a_size_is_never_written_as_1024_of_a_unit", () => {
    expect(byteSize(MIB - 1, "en")).toBe("1 MiB");
    expect(byteSize(1024 * MIB - 1, "en")).toBe("1 GiB");
  });

  it("time_that_is_left_is_rounded_up_and_in_one_unit", () => {
    expect(roughTime(0.2, "en")).toBe("1 sec");
    expect(roughTime(61, "en")).toBe("2 min");
    expect(roughTime(2.2 * 3600, "en")).toBe("3 hr");
    expect(roughTime(61, "zh-Hans")).toMatch(/^2\s?分钟$/u);
    expect(bitRate(18_400_000, "en")).toBe("18.4 Mb/s");
  });
});

describe("rate", () => {
  it("is_not_known_before_there_is_something_to_measure", () => {
    const meter = new RateMeter();
    expect(meter.rate(0)).toBeNull();
    meter.report(0, 100);
    expect(meter.rate(5000)).toBeNull();
    meter.report(200, 300);
    expect(meter.rate(200)).toBeNull();
  });

  it("follows_the_last_seconds_and_falls_when_nothing_comes", () => {
    const meter = new RateMeter();
    for (let s = 0; s <= 60; s++) meter.report(s * 1000, s * 100);
    expect(meter.rate(60_000)).toBeCloseTo(100, 0);
    for (let s = 61; s <= 75; s++) meter.report(s * 1000, 6000 + (s - 60) * 1000);
    expect(meter.rate(75_000)).toBeCloseTo(1000, 0);
    expect(meter.rate(79_000)).toBeLessThan(800);
    expect(meter.rate(84_000)).toBe(0);
  });

  it("begins_anew_where_bytes_went_away", () => {
    const meter = new RateMeter();
    meter.report(0, 1000);
    meter.report(2000, 0);
    expect(meter.rate(2000)).toBeNull();
    meter.report(4000, 400);
    expect(meter.rate(4000)).toBe(200);
  });

  it("of_what_is_no_longer_reported_is_forgotten", () => {
    const meters = new RateMeters();
    meters.report(0, [["a", 0], ["b", 0]]);
    meters.report(2000, [["a", 400]]);
    expect(meters.rate("a", 2000)).toBe(200);
    expect(meters.rate("b", 2000)).toBeNull();
  });

  it("sizes_that_are_not_known_count_as_the_mean_of_the_others", () => {
    const items = [download(1, { total_bytes: 40, done_bytes: 10 }), download(2, { total_bytes: 60 }), download(3, { total_bytes: null })];
    expect(remainingBytes(items)).toBe(30 + 60 + 50);
    expect(remainingBytes([download(1, { total_bytes: null })])).toBeNull();
  });
});

describe("address", () => {
  it.each([
    ["https://example.org/c.json", "https://example.org/c.json"],
    ["  example.org/c.json ", "https://example.org/c.json"],
    ["http://nas/c.json", "http://nas/c.json"],
    ["http://192.168.1.4:8080/", "http://192.168.1.4:8080/"],
    ["ftp://example.org/c.json", null],
    ["file:///etc/passwd", null],
    ["javascript:alert(1)", null],
    ["/home/lin/Videos", null],
    ["drama", null],
    ["https://", null],
    ["two words.org", null],
  ])("%s is asked for as %s", (text, address) => expect(parseAddress(text)).toBe(address));

  it("is_told_from_a_folder_and_named_by_its_host", () => {
    expect(isAddress("HTTPS://a.org/x")).toBe(true);
    expect(isAddress("/media/https/x")).toBe(false);
    expect(hostOf("https://dramas.example.org:8443/catalog.json")).toBe("dramas.example.org:8443");
  });
});

describe("presence", () => {
  it("says_nothing_of_files_and_of_what_is_only_elsewhere", () => {
    expect(presenceMark(episode(1, { presence: "local" }), undefined)).toBeNull();
    expect(presenceMark(episode(1, { presence: "remote" }), undefined)).toBeNull();
    expect(presenceMark(episode(1, { presence: "part" }), undefined)).toBe("part");
  });

  it("a_download_tells_more_than_the_card", () => {
    const card = episode(1, { presence: "part" });
    expect(presenceMark(card, download(1, { state: "running" }))).toBe("running");
    expect(presenceMark(card, download(1, { state: "done" }))).toBe("downloaded");
    expect(downloadShare(download(1, { done_bytes: 10 * MIB }))).toBe(0.25);
    expect(downloadShare(download(1, { done_bytes: 10 * MIB, total_bytes: null }))).toBe(0);
  });

  it("only_what_has_no_bytes_here_is_away_without_a_network", () => {
    const card = episode(1, { presence: "remote" });
    expect(isAway(card, undefined, false)).toBe(false);
    expect(isAway(card, undefined, true)).toBe(true);
    expect(isAway(card, download(1, { done_bytes: 5 }), true)).toBe(false);
    expect(isAway(episode(1), undefined, true)).toBe(false);
  });

  it("what_is_kept_is_grouped_by_series_in_viewing_order", () => {
    const second = download(9, { series: "s2", series_title: "Two", done_bytes: 5 });
    const groups = bySeries([download(3, { done_bytes: 1 }), second, download(1, { done_bytes: 2 })]);
    expect(groups.map(({ title, bytes, items }) => [title, bytes, items.map((item) => item.episode.number)])).toEqual([
      ["The Last Ferry", 3, [1, 3]],
      ["Two", 5, [9]],
    ]);
  });
});
