// The charts of the page, drawn on canvases from the data in the page. All share one stretch of time: zooming one zooms all.
// Times are in units of 10 µs.
(() => {
  'use strict';
  const UNITS = 1e5; // of a second
  const LEFT = 76, RIGHT = 12, ROW = 17, AXIS = 26;

  for (const button of document.querySelectorAll('[data-copy]')) {
    button.addEventListener('click', async () => {
      try {
        await navigator.clipboard.writeText(button.dataset.copy);
        button.textContent = 'Copied';
      } catch {
        getSelection().selectAllChildren(button.previousElementSibling);
        button.textContent = 'Selected';
      }
    });
  }

  const data = JSON.parse(document.getElementById('data').textContent);
  if (!data) return;
  const view = { start: 0, end: data.end };
  const hidden = new Set();
  const color = name => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  let theme = {};
  const readTheme = () => {
    for (const name of ['paper', 'ink', 'muted', 'grid', 'ok', 'fail', 'info', 'follower', 'down', 'bad']) theme[name] = color('--' + name);
  };

  // Numbers as people write them.
  const seconds = (time, digits = 3) => (time / UNITS).toFixed(digits) + ' s';
  const grouped = number => Math.round(number).toLocaleString('en-US');
  const length = time => {
    const ms = time / 100;
    return ms < 1 ? (ms * 1000).toFixed(0) + ' µs' : ms < 1000 ? ms.toPrecision(3) + ' ms' : (ms / 1000).toPrecision(3) + ' s';
  };

  // Operations: columns out of differences, and the greatest latency for the scale.
  const ops = data.operations;
  const opTime = new Float64Array(ops.time.length);
  for (let i = 0, time = 0; i < opTime.length; i++) opTime[i] = time += ops.time[i];
  let least = Infinity, most = 0;
  for (const micros of ops.micros) { least = Math.min(least, Math.max(micros, 1)); most = Math.max(most, micros, 1); }
  if (!ops.micros.length) { least = 100; most = 1e6; }
  const lowest = Math.floor(Math.log10(least)), highest = Math.max(Math.ceil(Math.log10(most)), lowest + 1);
  // The first operation that is invoked at or after a time.
  const after = time => {
    let low = 0, high = opTime.length;
    while (low < high) { const middle = (low + high) >> 1; if (opTime[middle] < time) low = middle + 1; else high = middle; }
    return low;
  };

  // Called for every point.
  const opColor = kind => kind & 3 ? theme[data.outcomes[kind & 3].name] : kind >> 2 ? data.functions[kind >> 2].color : theme.ok;
  const stateColor = state => ({ follower: theme.follower, down: theme.down }[data.states[state].name] || data.states[state].color);

  // ---- what all charts share ----

  const timeStep = (span, wanted) => {
    const minute = 60 * UNITS;
    const steps = [];
    for (let power = 1; power <= 1e6; power *= 10) for (const digit of [1, 2, 5]) if (digit * power <= 30 * UNITS) steps.push(digit * power);
    steps.push(30 * UNITS);
    for (const minutes of [1, 2, 5, 10, 15, 30, 60, 120, 240, 480, 1440]) steps.push(minutes * minute);
    for (let days = 2; days < 5000; days *= 2) steps.push(days * 1440 * minute);
    return steps.find(step => span / step <= wanted) || span;
  };

  function frame(chart) {
    const { ctx, width } = chart;
    const top = data.faults.length * ROW + (data.faults.length ? 6 : 2), bottom = chart.height - AXIS;
    const x = time => LEFT + (time - view.start) / (view.end - view.start) * (width - LEFT - RIGHT);
    Object.assign(chart, { top, bottom, x });
    ctx.clearRect(0, 0, width, chart.height);
    ctx.font = '12px system-ui, sans-serif';
    ctx.textBaseline = 'middle';
    // Time.
    const step = timeStep(view.end - view.start, Math.max(3, (width - LEFT) / 110));
    const digits = Math.max(0, -Math.floor(Math.log10(step / UNITS) + 1e-9));
    ctx.textAlign = 'center';
    for (let time = Math.ceil(view.start / step) * step; time <= view.end; time += step) {
      ctx.fillStyle = theme.grid;
      ctx.fillRect(Math.round(x(time)), top, 1, bottom - top);
      ctx.fillStyle = theme.muted;
      const label = step >= 3600 * UNITS ? Math.round(time / 3600 / UNITS) + ' h'
        : step >= 60 * UNITS ? Math.round(time / 60 / UNITS) + ' min' : seconds(time, digits);
      ctx.fillText(label, Math.min(Math.max(x(time), LEFT), width - RIGHT - 14), bottom + 14);
    }
    ctx.fillRect(LEFT, bottom, width - LEFT - RIGHT, 1);
    // Faults: a row a nemesis, and a shade.
    data.faults.forEach((row, position) => {
      const y = position * ROW;
      ctx.fillStyle = theme.ink;
      ctx.textAlign = 'right';
      ctx.fillText(row.label, LEFT - 8, y + ROW / 2, LEFT - 10);
      ctx.textAlign = 'left';
      let covered = -1;
      for (let i = 0; i < row.windows.length; i++) {
        const [start, end, label] = row.windows[i];
        if (end < view.start || start > view.end) continue;
        const from = Math.max(x(start), LEFT), to = Math.max(Math.min(x(end), width - RIGHT), from + 1);
        ctx.fillStyle = row.color;
        const fresh = Math.max(from, covered); // shades of overlapping faults do not add up
        if (to > fresh) { ctx.globalAlpha = .13; ctx.fillRect(fresh, top, to - fresh, bottom - top); covered = to; }
        ctx.globalAlpha = .55;
        ctx.fillRect(from, y + 1, to - from, ROW - 3);
        ctx.globalAlpha = 1;
        const next = i + 1 < row.windows.length ? Math.min(x(row.windows[i + 1][0]), width - RIGHT) : width - RIGHT;
        ctx.fillStyle = theme.ink;
        if (next - from > 36) fitted(ctx, label, from + 4, y + ROW / 2, next - from - 8);
      }
    });
    // The first violation.
    if (data.violation !== null && data.violation >= view.start && data.violation <= view.end) {
      ctx.fillStyle = theme.bad;
      ctx.fillRect(x(data.violation) - .75, top, 1.5, bottom - top);
      ctx.textAlign = 'center';
      ctx.fillText('✗', x(data.violation), bottom + 5);
    }
    // The end of the workload.
    if (data.workload_end > view.start && data.workload_end < view.end) {
      ctx.setLineDash([4, 3]);
      ctx.strokeStyle = theme.muted;
      ctx.beginPath();
      ctx.moveTo(x(data.workload_end), top);
      ctx.lineTo(x(data.workload_end), bottom);
      ctx.stroke();
      ctx.setLineDash([]);
    }
  }

  function fitted(ctx, text, x, y, room) {
    if (ctx.measureText(text).width > room) {
      let most = text.length;
      while (most > 3 && ctx.measureText(text.slice(0, most) + '…').width > room) most--;
      if (most <= 3) return;
      text = text.slice(0, most).trimEnd() + '…';
    }
    ctx.fillText(text, x, y);
  }

  function level(chart, y, label) {
    const { ctx } = chart;
    ctx.fillStyle = theme.grid;
    if (y < chart.bottom - 1) ctx.fillRect(LEFT, Math.round(y), chart.width - LEFT - RIGHT, 1);
    ctx.fillStyle = theme.muted;
    ctx.textAlign = 'right';
    ctx.fillText(label, LEFT - 8, y);
  }

  function clipped(chart, draw) {
    chart.ctx.save();
    chart.ctx.beginPath();
    chart.ctx.rect(LEFT, 0, chart.width - LEFT - RIGHT, chart.bottom);
    chart.ctx.clip();
    draw();
    chart.ctx.restore();
  }

  const faultAt = (chart, px, py) => {
    const row = data.faults[Math.floor(py / ROW)];
    const hit = row && row.windows.find(([start, end]) => px >= chart.x(start) - 2 && px <= chart.x(end) + 2);
    return hit && `${row.label.split(' ×')[0]}: ${hit[2]}\n${seconds(hit[0])} to ${seconds(hit[1])} (${length(hit[1] - hit[0])})\n${hit[3]}`;
  };

  // ---- the charts ----

  const charts = {
    latency: {
      height: 400 + data.faults.length * ROW,
      legend: [
        ...data.functions.map((f, i) => ({ id: 'f' + i, name: f.name, color: () => opColor(i << 2) })),
        { id: 'o1', name: 'fail', color: () => theme.fail }, { id: 'o2', name: 'info (unknown)', color: () => theme.info },
      ],
      y(micros) { return this.bottom - (Math.log10(Math.max(micros, 1)) - lowest) / (highest - lowest) * (this.bottom - this.top - 8); },
      shows(kind) { return !hidden.has('f' + (kind >> 2)) && !hidden.has('o' + (kind & 3)); },
      draw() {
        const { ctx } = this;
        for (let power = lowest; power <= highest; power++) {
          const ms = 10 ** (power - 3);
          level(this, this.y(10 ** power), (ms >= 1 ? grouped(ms) : String(+ms.toFixed(3))) + ' ms');
        }
        const from = after(view.start), to = after(view.end + 1);
        const size = to - from > 20000 ? 2 : to - from > 4000 ? 2.5 : 3.5;
        // What is rare matters most and is drawn last; functions take turns, so that none hides another.
        clipped(this, () => {
          for (const outcome of [0, 1, 2]) {
            const side = outcome ? size + 2 : size;
            ctx.globalAlpha = outcome ? .85 : to - from > 20000 ? .35 : .6;
            let last = -1;
            for (let i = from; i < to; i++) {
              const kind = ops.kind[i];
              if ((kind & 3) !== outcome || !this.shows(kind)) continue;
              if (kind !== last) ctx.fillStyle = opColor(last = kind);
              mark(ctx, outcome, this.x(opTime[i]), this.y(ops.micros[i]), side);
            }
          }
          ctx.globalAlpha = 1;
        });
        if (!ops.micros.length) {
          ctx.textAlign = 'center';
          ctx.fillStyle = theme.muted;
          ctx.fillText('no operation was recorded', this.width / 2, this.top + 80);
        }
      },
      tip(px, py) {
        const scale = (view.end - view.start) / (this.width - LEFT - RIGHT);
        const time = view.start + (px - LEFT) * scale;
        let best = -1, distance = 144;
        for (let i = after(time - 12 * scale), end = after(time + 12 * scale); i < end; i++) {
          if (!this.shows(ops.kind[i])) continue;
          const d = (this.x(opTime[i]) - px) ** 2 + (this.y(ops.micros[i]) - py) ** 2;
          if (d < distance) { distance = d; best = i; }
        }
        if (best < 0) return;
        const kind = ops.kind[best];
        return `${data.functions[kind >> 2].name} · ${data.outcomes[kind & 3].name} · ${length(ops.micros[best] / 10)}\n`
          + `invoked at ${seconds(opTime[best])} by process ${ops.process[best]}`;
      },
    },
    throughput: {
      height: 260 + data.faults.length * ROW,
      legend: ['ok', 'fail', 'info'].map((name, i) => ({ id: 't' + i, name: name === 'info' ? 'info (unknown)' : name, color: () => theme[name] })),
      draw() {
        const { ctx } = this, { buckets } = data, strip = 16, base = this.bottom - strip - 10;
        let peak = 1;
        for (const name of ['ok', 'fail', 'info']) for (const number of buckets[name]) peak = Math.max(peak, number / buckets.seconds);
        let step = 1;
        for (let power = 1, found = false; !found; power *= 10) {
          for (const digit of [1, 2, 5]) if (!found && peak / (digit * power) <= 5) { step = digit * power; found = true; }
        }
        const y = rate => base - rate / (Math.ceil(peak / step) * step) * (base - this.top - 8);
        for (let rate = 0; rate <= Math.ceil(peak / step) * step; rate += step) level(this, y(rate), grouped(rate) + '/s');
        clipped(this, () => {
          ['ok', 'fail', 'info'].forEach((name, position) => {
            if (hidden.has('t' + position) || !buckets[name].some(number => number)) return;
            // Failures are rare: a line along the bottom would only hide the axis.
            const path = new Path2D();
            let open = false;
            buckets[name].forEach((number, i) => {
              const height = y(number / buckets.seconds), from = this.x(i * buckets.width);
              const wanted = position === 0 || number > 0;
              if (wanted && !open) path.moveTo(from, y(0));
              if (!wanted && open) path.lineTo(from, y(0));
              open = wanted;
              if (!wanted) return;
              path.lineTo(from, height);
              path.lineTo(this.x(Math.min((i + 1) * buckets.width, data.end)), height);
            });
            if (open) path.lineTo(this.x(data.end), y(0));
            ctx.fillStyle = ctx.strokeStyle = theme[name];
            ctx.globalAlpha = .14;
            ctx.fill(path);
            ctx.globalAlpha = 1;
            ctx.lineWidth = 1.5;
            ctx.stroke(path);
            ctx.lineWidth = 1;
          });
          for (const [start, end, served] of data.service) {
            const from = this.x(start), to = this.x(end);
            ctx.globalAlpha = served ? .7 : 1;
            ctx.fillStyle = served ? '#009e73' : theme.info;
            ctx.fillRect(from, base + 10, Math.max(to - from, 1), strip - 2);
            ctx.globalAlpha = 1;
            const left = Math.max(from, LEFT), right = Math.min(to, this.width - RIGHT);
            if (!served && right - left > 90) {
              ctx.fillStyle = '#fff';
              ctx.textAlign = 'center';
              ctx.fillText('nobody served', (left + right) / 2, base + 10 + strip / 2 - 1);
            }
          }
        });
        ctx.textAlign = 'right';
        ctx.fillStyle = theme.ink;
        ctx.fillText('served', LEFT - 8, base + 10 + strip / 2);
        this.base = base;
      },
      tip(px, py) {
        const time = view.start + (px - LEFT) / (this.width - LEFT - RIGHT) * (view.end - view.start);
        if (py > this.base + 8) {
          const hit = data.service.find(([start, end]) => time >= start && time < end);
          return hit && `${hit[2] ? 'somebody was served' : 'nobody was served'}\n${seconds(hit[0])} to ${seconds(hit[1])} (${length(hit[1] - hit[0])})`;
        }
        const { buckets } = data, i = Math.floor(time / buckets.width);
        if (!(i in buckets.ok)) return;
        return `${seconds(i * buckets.width)}, over ${length(buckets.width)}\n${grouped(buckets.ok[i])} ok, ${grouped(buckets.fail[i])} fail, ${grouped(buckets.info[i])} info`;
      },
    },
    roles: {
      height: 16 + AXIS + data.faults.length * ROW + data.lanes.length * 30,
      legend: [
        ...data.states.map((state, i) => ({ name: state.name, color: () => stateColor(i) })),
        ...(data.lanes.some(lane => lane.paused.length) ? [{ name: 'paused', color: () => data.paused }] : []),
      ],
      draw() {
        const { ctx } = this;
        data.lanes.forEach((lane, position) => {
          const y = this.top + 6 + position * 30, height = 22;
          ctx.textAlign = 'right';
          ctx.fillStyle = theme.ink;
          ctx.fillText(lane.node, LEFT - 8, y + height / 2);
          clipped(this, () => {
            const short = lane.spans.filter(span => span[2] === 2 || span[2] === 3), long = lane.spans.filter(span => span[2] < 2 || span[2] > 3);
            for (const [start, end, state] of [...long, ...short]) {
              if (end < view.start || start > view.end) continue;
              ctx.fillStyle = stateColor(state);
              ctx.fillRect(this.x(start), y, Math.max(this.x(end) - this.x(start), 1), height);
            }
            for (const [start, end] of lane.paused) this.hatch(this.x(start), y, this.x(end) - this.x(start), height);
            this.terms(lane, y + height / 2);
          });
        });
      },
      hatch(x, y, width, height) {
        const { ctx } = this;
        ctx.save();
        ctx.beginPath();
        ctx.rect(x, y, Math.max(width, 1), height);
        ctx.clip();
        ctx.globalAlpha = .45;
        ctx.fillStyle = theme.paper;
        ctx.fillRect(x, y, width, height);
        ctx.globalAlpha = 1;
        ctx.strokeStyle = data.paused;
        ctx.lineWidth = 2;
        ctx.beginPath();
        for (let at = Math.max(x, 0) - height; at < Math.min(x + width, this.width); at += 6) { ctx.moveTo(at, y + height); ctx.lineTo(at + height, y); }
        ctx.stroke();
        ctx.strokeRect(x, y, width, height);
        ctx.restore();
        ctx.lineWidth = 1;
      },
      // A term stands where a node enters it, if there is room.
      terms(lane, y) {
        const { ctx } = this;
        ctx.textAlign = 'left';
        let known = 0;
        for (const [start, end, state, term] of lane.spans) {
          const from = Math.max(this.x(start), LEFT), room = Math.min(this.x(end), this.width - RIGHT) - from;
          const leads = data.states[state].name === 'leader', down = data.states[state].name === 'down';
          if (down || term === known && !leads || room < 0) continue;
          const text = leads && room > 56 ? 'term ' + term : String(term);
          if (ctx.measureText(text).width + 8 > room) continue;
          ctx.fillStyle = leads ? '#fff' : data.states[state].name === 'follower' ? theme.ink : '#1f252b';
          ctx.fillText(text, from + 4, y);
          known = term;
        }
      },
      tip(px, py) {
        const lane = data.lanes[Math.floor((py - this.top - 3) / 30)];
        const time = view.start + (px - LEFT) / (this.width - LEFT - RIGHT) * (view.end - view.start);
        if (!lane) return;
        const [start, end, state, term] = lane.spans.find(span => time >= span[0] && time < span[1]) || [];
        if (state === undefined) return;
        const paused = lane.paused.some(span => time >= span[0] && time < span[1]) ? ', paused' : '';
        const name = data.states[state].name;
        return `${lane.node}: ${name}${name === 'down' ? '' : ` in term ${term}`}${paused}\n${seconds(start)} to ${seconds(end)} (${length(end - start)})`;
      },
    },
  };

  // The rare outcomes have shapes of their own: a cross and a diamond.
  function mark(ctx, outcome, x, y, side) {
    const r = side / 2;
    if (!outcome) return ctx.fillRect(x - r, y - r, side, side);
    ctx.beginPath();
    if (outcome === 2) { ctx.moveTo(x, y - r - 1); ctx.lineTo(x + r + 1, y); ctx.lineTo(x, y + r + 1); ctx.lineTo(x - r - 1, y); }
    else { ctx.moveTo(x, y - r - 1); ctx.lineTo(x + r + 1, y + r); ctx.lineTo(x - r - 1, y + r); }
    ctx.fill();
  }

  // ---- drawing and touching ----

  const tip = document.body.appendChild(Object.assign(document.createElement('div'), { id: 'tip', hidden: true }));
  const band = document.body.appendChild(Object.assign(document.createElement('div'), { id: 'band', hidden: true }));
  const whole = document.getElementById('whole');
  const first = document.getElementById('first');
  first.hidden = data.violation === null;
  first.addEventListener('click', () => zoom(data.violation - UNITS / 2, data.violation + UNITS / 2));
  const drawn = [];

  function drawAll() {
    whole.hidden = view.start === 0 && view.end === data.end;
    for (const chart of drawn) {
      const { canvas } = chart, ratio = window.devicePixelRatio || 1;
      chart.width = canvas.clientWidth;
      canvas.style.height = chart.height + 'px';
      canvas.width = chart.width * ratio;
      canvas.height = chart.height * ratio;
      chart.ctx = canvas.getContext('2d');
      chart.ctx.scale(ratio, ratio);
      frame(chart);
      chart.draw();
    }
  }

  function zoom(start, end) {
    const span = Math.max(end - start, 10); // 100 µs
    view.start = Math.max(0, Math.min(start, data.end - span));
    view.end = Math.min(data.end, view.start + span);
    drawAll();
  }

  function listen(chart) {
    const { canvas } = chart;
    let from = null;
    // What will be zoomed to is a veil over the canvas: drawing 100,000 points again at every move would stutter.
    const select = (from, to) => {
      const box = canvas.getBoundingClientRect();
      Object.assign(band.style, {
        left: box.left + Math.max(Math.min(from, to), LEFT) + 'px', width: Math.min(Math.abs(to - from), chart.width - LEFT - RIGHT) + 'px',
        top: box.top + chart.top + 'px', height: chart.bottom - chart.top + 'px',
      });
      band.hidden = false;
    };
    const time = px => view.start + (Math.min(Math.max(px, LEFT), chart.width - RIGHT) - LEFT) / (chart.width - LEFT - RIGHT) * (view.end - view.start);
    canvas.addEventListener('pointerdown', event => { if (event.button === 0) { from = event.offsetX; canvas.setPointerCapture(event.pointerId); } });
    canvas.addEventListener('pointermove', event => {
      const px = event.offsetX, py = event.offsetY;
      if (from !== null) select(from, px);
      const text = from === null && px > LEFT && (py < chart.top - 4 ? faultAt(chart, px, py) : chart.tip(px, py));
      tip.hidden = !text;
      if (!text) return;
      tip.textContent = text;
      tip.style.left = Math.min(event.clientX + 14, innerWidth - tip.offsetWidth - 8) + 'px';
      tip.style.top = Math.min(event.clientY + 14, innerHeight - tip.offsetHeight - 8) + 'px';
    });
    canvas.addEventListener('pointerup', event => {
      const start = from;
      from = null;
      band.hidden = true;
      if (start !== null && Math.abs(event.offsetX - start) > 5) zoom(...[time(start), time(event.offsetX)].sort((a, b) => a - b));
    });
    canvas.addEventListener('pointercancel', () => { from = null; band.hidden = true; });
    canvas.addEventListener('pointerleave', () => { tip.hidden = true; });
    canvas.addEventListener('dblclick', () => zoom(0, data.end));
  }

  function legend(name, chart) {
    const place = document.querySelector(`[data-legend="${name}"]`);
    place.replaceChildren(...chart.legend.map(({ id, name, color }) => {
      const item = document.createElement(id ? 'button' : 'span');
      const field = document.createElement('i');
      field.style.background = color();
      item.append(field, name);
      if (id) {
        item.type = 'button';
        item.setAttribute('aria-pressed', !hidden.has(id));
        item.title = 'show or hide';
        item.addEventListener('click', () => {
          if (!hidden.delete(id)) hidden.add(id);
          item.setAttribute('aria-pressed', !hidden.has(id));
          drawAll();
        });
      }
      return item;
    }));
    if (name === 'latency' && ops.time.length < ops.total) {
      place.append(`${grouped(ops.time.length)} of ${grouped(ops.total)} operations shown: all failures, and some of the successes`);
    }
  }

  function begin() {
    readTheme();
    for (const [name, chart] of Object.entries(charts)) if (chart.canvas) legend(name, chart);
    drawAll();
  }

  for (const canvas of document.querySelectorAll('canvas[data-chart]')) {
    const chart = charts[canvas.dataset.chart];
    chart.canvas = canvas;
    drawn.push(chart);
    listen(chart);
  }
  whole.addEventListener('click', () => zoom(0, data.end));
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', begin);
  let width = 0;
  new ResizeObserver(() => {
    if (width !== document.body.clientWidth) { width = document.body.clientWidth; drawAll(); }
  }).observe(document.body);
  begin();
})();
