"use strict";

/* Draws the findings that are seen, filters and sorts them, keeps ticks, gives files.

   The data is one object of JSON in the page: head; tables of sources, places [source, record,
   first, last], texts and rules; findings, which name what is in the tables by its number. All of
   it reaches the document as text. Nothing is loaded and nothing sent. */

(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const { head, sources, places, texts, rules } = data;

  const MODE = head.plan ? "plan" : head.baseline ? "check" : "find";
  const BLOCK = 8; // findings that are drawn together
  const FEW_ROWS = 4, FEW_PLACES = 6; // of a finding that is not opened
  const MORE_ROWS = 200; // that are shown each time it is
  const LONG = 560, CONTEXT = 170; // characters of a text that is not opened
  const FIRST_SOURCES = 12, MORE_SOURCES = 100, MOST_SOURCES = 1000; // that have a bar

  const byId = (id) => document.getElementById(id);
  const unseen = new RegExp(head.unseen, "gsu");
  const visible = (text) => text.replace(unseen, "\ufffd");
  const { compare } = new Intl.Collator("en", { numeric: true });
  const number = (value) => value.toLocaleString("en");

  function counted(count, name) {
    if (count === 1) return `1 ${name}`;
    return `${number(count)} ${name.endsWith("y") ? `${name.slice(0, -1)}ies` : `${name}s`}`;
  }

  /** Make an element: properties, attributes where the name has a hyphen, children or text. */
  function el(tag, properties = {}, ...children) {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(properties)) {
      if (name.includes("-") || name === "role" || name === "for") made.setAttribute(name, value);
      else made[name] = value;
    }
    made.append(...children.flat().filter((each) => each !== null));
    return made;
  }

  // -- what the data says

  const NO_PARTNER = new Set(["boilerplate", "document"]);

  const pairOf = ([keptPlace, keptText, copyPlace, copyText, similarity, kind, differences, judged,
    removal]) =>
    ({ keptPlace, keptText, copyPlace, copyText, similarity, kind, differences, judged, removal });

  const findings = data.findings.map((row, at) => {
    const [sort, place, title, words, more, level, note, pairs, accepts] = row;
    const made = pairs.map(pairOf);
    const alike = made.filter((each) => !NO_PARTNER.has(each.kind)).map((each) => each.similarity);
    return {
      at, sort, place, title, words, more, level, note, accepts, pairs: made,
      low: Math.min(...alike), high: Math.max(...alike), open: 0,
      ticks: new Uint8Array(MODE === "plan" ? made.length : 1).fill(MODE === "plan" ? 1 : 0),
    };
  });

  function placeName(at) {
    const [source, record, first, last] = places[at];
    const lines = last > first ? `${first}-${last}` : `${first}`;
    const name = sources[source] + (record ? `[${record}]` : "");
    return visible(name ? `${name}:${lines}` : `line ${lines}`);
  }

  // -- filters: which findings, in which order

  const compared = findings.flatMap((each) => each.pairs).filter((each) => hasBin(each));
  const lowest = compared.reduce((low, each) => Math.min(low, each.similarity), 1);
  const STEP = lowest >= 0.7 ? 2 : 5; // hundredths of a bin
  const SAME = "same words";

  function hasBin(pair) {
    return pair.kind !== "contained" && !NO_PARTNER.has(pair.kind);
  }

  function binOf(pair) {
    if (pair.kind === "exact" || pair.similarity === 1) return SAME;
    return binFrom(Math.floor((pair.similarity * 100 + 1e-6) / STEP) * STEP);
  }

  function binFrom(low) {
    return `${(low / 100).toFixed(2)} to ${((low + STEP) / 100).toFixed(2)}`;
  }

  /** Name the bins from the most alike to the least, empty ones between them included. */
  function bins() {
    const there = new Set(findings.flatMap((each) => [...each.bins]));
    const found = there.has(SAME) ? [SAME] : [];
    for (let low = 100 - STEP; low >= 0 && low + STEP > lowest * 100 + 1e-6; low -= STEP) {
      found.push(binFrom(low));
    }
    return found;
  }

  for (const each of findings) {
    each.bins = new Set(each.pairs.filter(hasBin).map(binOf));
    each.sources = new Set();
    for (const pair of each.pairs) {
      for (const place of [pair.copyPlace, pair.keptPlace]) {
        if (place >= 0) each.sources.add(places[place][0]);
      }
    }
  }

  const facets = {
    kinds: { of: (finding) => [finding.sort], chosen: new Set(), bars: new Map() },
    bins: { of: (finding) => finding.bins, chosen: new Set(), bars: new Map() },
    sources: { of: (finding) => finding.sources, chosen: new Set(), bars: new Map() },
  };

  const headings = new Map(head.sorts.map(([name, heading, what]) => [name, { heading, what }]));
  const ranks = new Map(head.sorts.map(([name], rank) => [name, rank]));
  let found = new Set(findings);

  function passes(finding, facet) {
    if (!facet.chosen.size) return true;
    for (const value of facet.of(finding)) if (facet.chosen.has(value)) return true;
    return false;
  }

  /** Count for each bar the findings that it would show, whatever else of its kind is chosen. */
  function countBars() {
    for (const [name, facet] of Object.entries(facets)) {
      const others = Object.values(facets).filter((each) => each !== facet);
      const counts = new Map();
      for (const finding of found) {
        if (!others.every((each) => passes(finding, each))) continue;
        for (const value of facet.of(finding)) counts.set(value, (counts.get(value) || 0) + 1);
      }
      const most = Math.max(1, ...counts.values());
      for (const [value, bar] of facet.bars) {
        const count = counts.get(value) || 0;
        bar.lastChild.textContent = number(count);
        bar.style.setProperty("--share", `${(100 * count) / most}%`);
        bar.setAttribute("aria-pressed", facet.chosen.has(value));
        bar.setAttribute("aria-label", `${barName(name, value)}: ${counted(count, "finding")}`);
      }
    }
  }

  function barName(facet, value) {
    if (facet === "kinds") return headings.get(value).heading;
    return facet === "bins" ? value : visible(sources[value]) || "no source";
  }

  function makeBars(name, values) {
    const facet = facets[name];
    const items = values.map((value) => {
      const label = barName(name, value);
      const bar = el("button", { type: "button", className: "bar", title: label },
        el("bdi", { className: "name" }, label), el("span", { className: "count" }));
      bar.addEventListener("click", () => {
        if (!facet.chosen.delete(value)) facet.chosen.add(value);
        refresh();
      });
      facet.bars.set(value, bar);
      return el("li", {}, bar);
    });
    byId(name).replaceChildren(...items);
    byId(name).parentElement.hidden = values.length < 2;
    return items;
  }

  function makeSourceBars() {
    const counts = new Map();
    for (const each of findings) {
      for (const source of each.sources) counts.set(source, (counts.get(source) || 0) + 1);
    }
    const names = [...counts.keys()].sort(
      (one, other) => counts.get(other) - counts.get(one) || compare(sources[one], sources[other]));
    const items = makeBars("sources", names.slice(0, MOST_SOURCES));
    let seen = FIRST_SOURCES;
    if (items.length <= seen) return;
    const more = el("button", { type: "button", className: "plain" });
    const hide = () => {
      items.forEach((item, at) => { item.hidden = at >= seen; });
      more.textContent = `Show ${counted(Math.min(MORE_SOURCES, items.length - seen), "more source")}`;
      more.hidden = seen >= items.length;
    };
    more.addEventListener("click", () => {
      const first = items[seen].firstChild;
      seen += MORE_SOURCES;
      hide();
      first.focus();
    });
    byId("sources").after(more);
    hide();
  }

  const folded = (text) => text.normalize("NFKC").toLowerCase();
  let foldedTexts = null, foldedPlaces = null;

  /** Choose the findings in which every word that is asked for stands, in a text or a place. */
  function search(query) {
    const terms = folded(query).split(/\s+/u).filter(Boolean);
    found = new Set(findings);
    if (!terms.length) return;
    foldedTexts = foldedTexts || texts.map(folded);
    foldedPlaces = foldedPlaces || places.map((_, at) => folded(placeName(at)));
    for (const term of terms) {
      const inText = foldedTexts.map((each) => each.includes(term));
      const inPlace = foldedPlaces.map((each) => each.includes(term));
      const has = (pair) => inText[pair.copyText] || inPlace[pair.copyPlace] ||
        inText[pair.keptText] || inPlace[pair.keptPlace];
      for (const each of found) {
        if (!each.pairs.some(has) && !folded(each.place).includes(term)) found.delete(each);
      }
    }
  }

  const ORDERS = {
    sort: (one, other) => ranks.get(one.sort) - ranks.get(other.sort) || one.at - other.at,
    words: (one, other) => other.words - one.words || one.at - other.at,
    alike: (one, other) => other.high - one.high || one.at - other.at,
    unlike: (one, other) => one.low - other.low || one.at - other.at,
    place: (one, other) => compare(one.place, other.place) || one.at - other.at,
  };

  // -- drawing: blocks of findings, filled while they are near what is seen

  let shown = []; // findings that pass, in order
  let blocks = [];
  let current = -1; // position in shown of the finding with the focus

  const watch = new IntersectionObserver((entries) => {
    for (const entry of entries) {
      if (entry.isIntersecting) fill(entry.target);
      else if (!entry.target.contains(document.activeElement)) empty(entry.target);
    }
  }, { rootMargin: "1500px 0px" });

  function refresh() {
    const order = byId("order").value;
    const all = Object.values(facets);
    shown = [...found].filter((each) => all.every((facet) => passes(each, facet)));
    shown.sort(ORDERS[order]);
    current = -1;
    watch.disconnect();
    blocks = [];
    for (let from = 0; from < shown.length; from += BLOCK) {
      const block = el("div", { className: "block" });
      block.from = from;
      const some = shown.slice(from, from + BLOCK);
      block.style.height = `${some.reduce((sum, each) => sum + guessedHeight(each), 0)}px`;
      blocks.push(block);
    }
    byId("list").replaceChildren(...blocks);
    if (blocks.length) fill(blocks[0]);
    for (const block of blocks) watch.observe(block);
    const filtered = shown.length < findings.length;
    byId("clear").hidden = !filtered;
    const whole = counted(findings.length, "finding");
    byId("shown").textContent = filtered ? `${number(shown.length)} of ${whole}` : whole;
    countBars();
    decided();
  }

  function guessedHeight(finding) {
    const rows = Math.min(finding.pairs.length, FEW_ROWS);
    const size = Math.min(LONG, texts[finding.pairs[0].copyText].length);
    return 110 + rows * (60 + 26 * Math.ceil(size / 60));
  }

  function fill(block) {
    if (block.firstChild) return;
    const end = Math.min(block.from + BLOCK, shown.length);
    for (let at = block.from; at < end; at += 1) {
      const isFirst = at === 0 || shown[at - 1].sort !== shown[at].sort;
      if (isFirst && byId("order").value === "sort") block.append(kindHeading(shown[at].sort));
      block.append(draw(at));
    }
    block.style.height = "";
  }

  function empty(block) {
    if (!block.firstChild) return;
    block.style.height = `${block.offsetHeight}px`;
    block.replaceChildren();
  }

  function kindHeading(sort) {
    const { heading, what } = headings.get(sort);
    return el("div", { className: "kind" }, el("h2", {}, heading), el("p", {}, what));
  }

  function draw(at) {
    const finding = shown[at];
    const article = el("article", {
      className: `finding ${finding.sort}`, id: `finding-${finding.at}`, tabIndex: -1,
      "aria-labelledby": `place-${finding.at}`, "aria-posinset": at + 1,
      "aria-setsize": shown.length,
    });
    fillFinding(article, finding, at);
    article.addEventListener("focusin", () => { current = shown.indexOf(finding); });
    return article;
  }

  function fillFinding(article, finding) {
    const state = { elided: false, places: 0 };
    const rows = rowsOf(finding);
    const few = rows.length === FEW_ROWS + 1 ? rows.length : FEW_ROWS;
    const some = rows.slice(0, finding.open || few);
    const drawn = some.map((row) => drawRow(finding, row, state));
    article.replaceChildren(
      el("div", { className: "head" },
        el("h3", { id: `place-${finding.at}` }, el("bdi", {}, visible(finding.place))),
        el("span", { className: "meta" }, meta(finding)),
        MODE === "find" ? null : findingTick(article, finding)),
      el("p", { className: "title" },
        finding.level ? el("span", { className: `level-${finding.level}` }, `${finding.level}: `)
          : null,
        visible(finding.title)),
      ...(finding.note ? [el("p", { className: "note" }, visible(finding.note))] : []),
      ...drawn);
    const rest = rows.length - some.length;
    if (rest || state.places || state.elided) {
      const more = rest ? counted(rest, "more paragraph") : counted(state.places, "more place");
      const said = rest || state.places ? `Show ${more}` : "Show the whole text";
      const button = el("button", { type: "button", className: "plain" }, said);
      button.addEventListener("click", () => open(article, finding));
      article.append(button);
    }
    if (finding.more) {
      article.append(el("p", { className: "title" },
        `${counted(finding.more, "more paragraph")} of it not on this page`));
    }
    markTicks(article, finding);
  }

  function open(article, finding) {
    finding.open += MORE_ROWS;
    fillFinding(article, finding);
    article.focus({ preventScroll: true });
  }

  function meta(finding) {
    const said = finding.words ? [counted(finding.words, "word")] : [];
    const { low, high, sort } = finding;
    if (sort !== "contained" && Number.isFinite(low) && low < 1) {
      const [from, to] = [low, high].map((each) => (Math.floor(each * 100 + 1e-6) / 100).toFixed(2));
      said.push(`similarity ${from === to ? from : `${from} to ${to}`}`);
    }
    return said.join(", ");
  }

  /** Put pairs of the same two texts together, but those of a run, which stand in a row. */
  function rowsOf(finding) {
    const rows = new Map();
    finding.pairs.forEach((pair, at) => {
      const key = finding.sort === "run" ? at : `${pair.keptPlace} ${pair.copyText} ${pair.kind}`;
      if (!rows.has(key)) rows.set(key, { pair, copies: [] });
      rows.get(key).copies.push(at);
    });
    return [...rows.values()];
  }

  function drawRow(finding, { pair, copies }, state) {
    const same = pair.keptText === pair.copyText;
    const row = el("div", { className: same ? "pair same" : "pair" });
    const [keptText, copyText] = drawTexts(finding, pair, same, state);
    row.append(keptWhere(pair), keptText, copyWhere(finding, copies, state));
    if (!same) row.append(copyText);
    const why = pair.judged ? drawWhy(pair) : null;
    return why ? el("div", {}, row, why) : row;
  }

  function keptWhere(pair) {
    const said = pair.keptPlace < 0 ? ["nothing is kept"]
      : ["kept: ", el("bdi", {}, placeName(pair.keptPlace))];
    return el("p", { className: "where kept-where" }, said);
  }

  function copyWhere(finding, copies, state) {
    const some = copies.slice(0, finding.open || FEW_PLACES);
    if (some.length < copies.length) state.places += copies.length - some.length;
    const items = some.map((at) => {
      const pair = finding.pairs[at];
      const said = [`${kindName(pair)}: `, el("bdi", {}, placeName(pair.copyPlace))];
      if (MODE !== "plan" || finding.pairs.length === 1) return el("li", {}, said);
      const box = el("input", { type: "checkbox", checked: Boolean(finding.ticks[at]) });
      box.dataset.at = at;
      return el("li", {}, el("label", { className: "tick" }, box, el("span", {}, said)));
    });
    const rest = copies.length - some.length;
    if (rest) items.push(el("li", {}, `and ${counted(rest, "more place")}`));
    return el("ul", { className: "where copy-where" }, items);
  }

  function kindName(pair) {
    if (pair.kind === "exact") return pair.keptText === pair.copyText ? "identical" : "same words";
    if (NO_PARTNER.has(pair.kind)) return pair.kind;
    const share = (Math.floor(pair.similarity * 100 + 1e-6) / 100).toFixed(2);
    if (pair.kind === "contained") return "contained";
    return pair.kind === "variant" ? `variant, ${share}` : `edited, ${share}`;
  }

  // -- texts, with the words marked that differ

  function drawTexts(finding, pair, same, state) {
    return [[pair.keptText, 0, "kept-text"], [pair.copyText, 1, "copy-text"]].map(
      ([text, side, area]) => {
        if (text < 0) return el("p", { className: `text missing ${area}` }, missing(pair));
        const parts = pair.differences && !same
          ? marked(finding, texts[text], pair.differences, side, state)
          : [visible(shortened(finding, texts[text], LONG, true, false, state))];
        if (pair.differences === null) {
          parts.push(el("br"), el("small", {}, "too long to be shown word by word"));
        }
        return el("p", { className: `text ${area}`, dir: "auto" }, parts);
      });
  }

  function missing(pair) {
    if (pair.kind === "document") return "It goes with its document.";
    if (pair.kind === "boilerplate") return "Boilerplate: the first of its copies goes too.";
    return "The text of this paragraph could not be read again.";
  }

  function marked(finding, text, differences, side, state) {
    const parts = [];
    let at = 0;
    for (let k = side; k < differences.length; k += 4) {
      const common = text.slice(at, at + differences[k]);
      const isLast = k + 2 >= differences.length;
      parts.push(visible(shortened(finding, common, 2 * CONTEXT, k < 2, isLast, state)));
      at += differences[k];
      const words = isLast ? "" : text.slice(at, at + differences[k + 2]);
      if (words) parts.push(el(side ? "ins" : "del", {}, visible(words)));
      at += words.length;
    }
    return parts;
  }

  /** Leave out the middle of a long stretch, or the end of it where nothing follows. */
  function shortened(finding, text, most, isFirst, isLast, state) {
    if (finding.open || text.length <= most + 60) return text;
    state.elided = true;
    if (isFirst && isLast) return `${start(text, most)} …`;
    const begin = isFirst && most < LONG ? "" : start(text, most < LONG ? CONTEXT : most);
    const end = isLast || most === LONG ? "" : ending(text, CONTEXT);
    return `${begin} … ${end}`;
  }

  const LAST_SPACE = /\s\S{0,30}$/u, FIRST_SPACE = /^\S{0,30}\s/u;

  function start(text, size) {
    const cut = text.slice(0, size).replace(/[\ud800-\udbff]$/, "");
    return cut.replace(LAST_SPACE, "");
  }

  function ending(text, size) {
    const cut = text.slice(-size).replace(/^[\udc00-\udfff]/, "");
    return cut.replace(FIRST_SPACE, "");
  }

  function drawWhy({ judged: [probability, differences, more, whole], kind }) {
    const verdict = kind === "variant" ? "a variant" : "an edited copy";
    const quoted = (words) => (words ? `“${visible(words)}”` : "nothing");
    const items = differences.map(([weight, before, after, rule]) =>
      reason(weight, [el("bdi", {}, quoted(before)), " → ", el("bdi", {}, quoted(after)),
        `: ${rules[rule]}`]));
    if (more) items.push(reason(null, [`and ${counted(more, "more difference")}`]));
    items.push(...whole.map(([weight, rule]) => reason(weight, [rules[rule]])));
    return el("details", { className: "why" },
      el("summary", {}, `Why ${verdict}: probability of a variant ${probability.toFixed(2)}`),
      el("ul", {}, items));
  }

  function reason(weight, said) {
    const sign = weight === null ? "" : `${weight > 0 ? "+" : ""}${weight.toFixed(1)}`;
    const name = weight > 0 ? "weight for" : "weight against";
    return el("li", {}, el("span", { className: name }, sign), el("span", {}, said));
  }

  // -- ticks: which removals are carried out, which findings are accepted

  function findingTick(article, finding) {
    const box = el("input", { type: "checkbox", className: "whole" });
    const what = MODE === "plan" ? "take out" : "accept";
    return el("label", { className: "tick" }, box, el("span", {}, what));
  }

  function markTicks(article, finding) {
    if (MODE === "find") return;
    const count = finding.ticks.reduce((sum, each) => sum + each, 0);
    const whole = article.querySelector("input.whole");
    whole.checked = count === finding.ticks.length;
    whole.indeterminate = count > 0 && !whole.checked;
    for (const box of article.querySelectorAll("input[data-at]")) {
      box.checked = Boolean(finding.ticks[box.dataset.at]);
    }
    article.classList.toggle("off", MODE === "plan" ? count === 0 : count > 0);
  }

  let changed = false;

  function tick(finding, value, at = null) {
    changed = true;
    if (at === null) finding.ticks.fill(value ? 1 : 0);
    else finding.ticks[at] = value ? 1 : 0;
    const article = byId(`finding-${finding.at}`);
    if (article) markTicks(article, finding);
  }

  function toggle(finding) {
    tick(finding, !finding.ticks.every(Boolean));
    decided();
  }

  function decided() {
    if (MODE === "find") return;
    const sum = (some) => some.reduce((all, each) => all + each.ticks.reduce((a, b) => a + b, 0), 0);
    const all = findings.reduce((count, each) => count + each.ticks.length, 0);
    const count = sum(findings);
    const what = MODE === "plan" ? `of ${counted(all, "removal")} ticked`
      : `of ${counted(all, "finding")} accepted`;
    byId("decided").textContent = `${number(count)} ${what}`;
    byId("download").disabled = MODE === "check" && !count;
  }

  // -- files

  function placeOf(at) {
    const [source, record, first, last] = places[at];
    return { source: sources[source], record, first, last };
  }

  /** Write the plan without the removals that are not ticked; the others in their old order. */
  function plan() {
    const lines = [];
    for (const finding of findings) {
      finding.pairs.forEach((pair, at) => {
        if (!finding.ticks[at]) return;
        const [line, document, paragraph, start, end, text, rest] = pair.removal;
        const kept = pair.keptPlace < 0 ? null : placeOf(pair.keptPlace);
        const { similarity, kind } = pair;
        lines.push([line, {
          ...placeOf(pair.copyPlace), document, paragraph, start, end, similarity, kind, kept,
          text: texts[text], ...rest,
        }]);
      });
    }
    lines.sort(([one], [other]) => one - other);
    return [head.plan.head, ...lines.map(([, removal]) => JSON.stringify(removal)), ""].join("\n");
  }

  /** Write the baseline that accepts what it did and the findings that are ticked. */
  function baseline() {
    const accepted = findings.filter((each) => each.ticks[0]).flatMap((each) => each.accepts);
    const entries = new Map();
    for (const [key, copies, line] of [...head.baseline.entries, ...accepted]) {
      if (!entries.has(key) || entries.get(key)[0] < copies) entries.set(key, [copies, line]);
    }
    const lines = [...entries].sort(([one], [other]) => (one < other ? -1 : 1));
    return head.baseline.before + lines.map(([, [, line]]) => `${line}\n`).join("") +
      head.baseline.behind;
  }

  function save(name, content) {
    const url = URL.createObjectURL(new Blob([content], { type: "application/octet-stream" }));
    const link = el("a", { href: url, download: name });
    link.click();
    setTimeout(() => URL.revokeObjectURL(url), 60_000);
    changed = false;
  }

  // -- what people do

  function move(step) {
    if (!shown.length) return;
    const at = Math.max(0, Math.min(shown.length - 1, current + step));
    fill(blocks[Math.floor(at / BLOCK)]);
    const article = byId(`finding-${shown[at].at}`);
    article.focus({ preventScroll: true });
    article.scrollIntoView({ block: "start" });
    current = at;
  }

  // The browser's own way is an animation, which is lost when blocks that are filled change height.
  function jump(toEnd) {
    if (!blocks.length) return;
    fill(blocks.at(toEnd ? -1 : 0));
    scrollTo({ top: toEnd ? document.documentElement.scrollHeight : 0, behavior: "instant" });
  }

  const KEYS = [
    ["j", "next finding", () => move(1)],
    ["k", "previous finding", () => move(-1)],
    ["o", "show all of a finding", () => {
      if (current >= 0) open(byId(`finding-${shown[current].at}`), shown[current]);
    }],
    ["Home", "top of the page", () => jump(false)],
    ["End", "end of the page", () => jump(true)],
    ["/", "search", () => byId("query").focus()],
    ["?", "this help", () => byId("about").showModal()],
  ];
  if (MODE !== "find") {
    const what = MODE === "plan" ? "tick or untick a finding" : "accept a finding, or not";
    KEYS.splice(2, 0, [" ", what, () => current >= 0 && toggle(shown[current])]);
  }

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || byId("about").open) return;
    const control = event.target.closest("input, select, textarea, button, summary, a");
    if (control && (event.key === " " || control.matches("input[type=search], select"))) {
      if (event.key === "Escape") control.blur();
      return;
    }
    const key = KEYS.find(([name]) => name === event.key);
    if (!key || (key[0] === " " && current < 0)) return;
    event.preventDefault();
    key[2]();
  });

  byId("list").addEventListener("change", (event) => {
    const article = event.target.closest("article");
    const finding = findings[Number(article.id.slice("finding-".length))];
    const at = event.target.dataset.at;
    tick(finding, event.target.checked, at === undefined ? null : Number(at));
    decided();
  });

  let waiting = 0;
  byId("query").addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => { search(byId("query").value); refresh(); }, 120);
  });
  byId("order").addEventListener("change", refresh);
  byId("clear").addEventListener("click", () => {
    byId("query").value = "";
    search("");
    for (const facet of Object.values(facets)) facet.chosen.clear();
    refresh();
    byId("query").focus();
  });
  byId("help").addEventListener("click", () => byId("about").showModal());
  byId("close").addEventListener("click", () => byId("about").close());
  for (const [id, value] of [["all", true], ["none", false]]) {
    byId(id).addEventListener("click", () => {
      for (const each of shown) tick(each, value);
      decided();
    });
  }
  byId("download").addEventListener("click", () => {
    if (MODE === "plan") save(head.plan.name, plan());
    else save(head.baseline.name, baseline());
  });
  addEventListener("beforeunload", (event) => { if (changed) event.preventDefault(); });

  // -- the frame of the page

  function sayLeft() {
    const more = head.sorts.filter(([, , , , left]) => left);
    let said = more.map(([, heading, , , left]) => `${number(left)} ${heading.toLowerCase()}`);
    if (MODE === "plan") {
      const held = findings.reduce((count, each) => count + each.pairs.length, 0);
      const left = head.plan.total - held;
      said = left ? [`${counted(left, "removal")}; they are not in the plan that this page gives, and so stay in the text`] : [];
    }
    if (!said.length) return;
    byId("left").textContent =
      `This page holds what saves most words. Left out: ${said.join(", ")}.`;
    byId("left").hidden = false;
  }

  function begin() {
    byId("heading").textContent = visible(head.heading);
    byId("sums").replaceChildren(...head.sums.map((each) => el("li", {}, visible(each))));
    sayLeft();
    byId("words").replaceChildren(...head.sorts.flatMap(([, heading, what]) =>
      [el("dt", {}, heading), el("dd", {}, what)]));
    byId("keys").replaceChildren(...KEYS.flatMap(([key, what]) =>
      [el("dt", {}, el("kbd", {}, key === " " ? "space" : key)), el("dd", {}, what)]));
    const there = new Set(findings.map((each) => each.sort));
    makeBars("kinds", head.sorts.map(([name]) => name).filter((name) => there.has(name)));
    makeBars("bins", bins());
    makeSourceBars();
    if (MODE !== "find") {
      byId("bar").hidden = false;
      byId("all").textContent = MODE === "plan" ? "Tick all shown" : "Accept all shown";
      byId("none").textContent = MODE === "plan" ? "Untick all shown" : "Accept none shown";
      byId("download").textContent = MODE === "plan" ? "Download plan" : "Download baseline";
    }
    if (matchMedia("(max-width: 60rem)").matches) byId("facets").open = false;
    refresh();
  }

  begin();
})();
