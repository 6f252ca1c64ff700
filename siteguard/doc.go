// Package siteguard decides how much of the database a migration may have now, as a
// share from 0 to 1, so that the live site comes first.
//
// The decision (judge, pulse, pace, Window) knows neither databases nor clocks: it is
// told what was seen and when. Guard is the component that looks, by way of a driver's
// probe (database.SiteProbe), and answers the newest decision.
package siteguard
