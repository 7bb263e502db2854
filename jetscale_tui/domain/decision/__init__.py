"""Why an HPA has the size it has: the controller's decision, rebuilt from outside.

The controller publishes what it decided, not why. This package takes what a watcher sees (the HPA
over time, its pods, the clock), puts it through the very functions the controller runs
(`domain.hpa`), and compares the outcome with what the controller wrote.

    explain.explain(snapshot, hpa, now)    the last pass, step by step, and what would change it
    lines.lines_of(explained)              the same as lines of text, ready to show

What cannot be known from outside, and what is done about it:

- Recommendations and rescales from before the watch began. A window they still hold is said to be
  held "from before we watched", with the latest time it can end.
- An External or Object metric with an `averageValue` shows only its mean, rounded up. The total is
  taken to be the roundest number that gives this mean.
- Samples of single pods. Only their mean is shown, which is enough while every pod counts; a pod
  that is not ready is taken to have no sample.
- Passes that changed nothing leave no trace. They are taken to follow the last one that did, every
  15 seconds; after a few quiet minutes the time of the next one is unknown.
- A restart of the controller, and flags other than the defaults.
"""
