// The part of each day in which the reader wants no sound and no notification, in the zone in which they read times.
const startQuiet = ({ sidebar }) => {
  const minutes = (text) => {
    const [hours, rest] = text.split(":").map(Number);
    return 60 * hours + rest;
  };
  const DAY = minutes("24:00");
  // Minutes since midnight in a zone: one of IANA's, or one like UTC+5:30.
  const timeIn = (zone) => {
    const now = new Date();
    const [, sign, hours, rest] = zone.match(/^UTC([+-])(\d+)(?::(\d+))?$/) ?? [];
    if (sign) {
      const ahead = Number(`${sign}1`) * minutes(`${hours}:${rest ?? 0}`);
      return (60 * now.getUTCHours() + now.getUTCMinutes() + ahead + DAY) % DAY;
    }
    return minutes(new Intl.DateTimeFormat("en-GB", { timeZone: zone, hour: "2-digit", minute: "2-digit", hourCycle: "h23" }).format(now));
  };
  // When they end, if it is that time now.
  const until = () => {
    const { quiet, zone } = sidebar.dataset;
    if (!quiet) return undefined;
    const [from, to] = quiet.split(" ");
    const [start, end, now] = [minutes(from), minutes(to), timeIn(zone)];
    const isNow = start < end ? now >= start && now < end : now >= start || now < end;
    return isNow ? to : undefined;
  };
  return { until };
};
