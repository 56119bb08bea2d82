package io.pickwick.bench.replay;

import io.pickwick.kv.index.BlockChanges;
import io.pickwick.schedule.Decision;
import io.pickwick.schedule.Endpoint;
import io.pickwick.schedule.EndpointLoad;
import io.pickwick.schedule.FleetRate;
import io.pickwick.schedule.Gauges;
import io.pickwick.schedule.Profile;
import io.pickwick.schedule.Reservation;
import io.pickwick.schedule.ScheduleRequest;
import io.pickwick.schedule.Scheduler;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/** The endpoint picker's own scheduler with a profile: what would run in production. */
final class ScheduledRouter implements Router {
  private static final String MODEL = "model";

  private final Scheduler scheduler;
  private final PrefixView view;
  private final List<Endpoint> endpoints;
  private final Map<Integer, Reservation> reservations = new HashMap<>();

  ScheduledRouter(Profile profile, PrefixView view, int pods, SplittableRandom random) {
    this.scheduler = new Scheduler(profile, Scheduler.STALENESS_NANOS, () -> random);
    this.view = view;
    List<Endpoint> all = new ArrayList<>(pods);
    FleetRate fleet = new FleetRate();
    for (int slot = 0; slot < pods; slot++) {
      String address = "10.0." + slot / 256 + "." + slot % 256;
      all.add(
          new Endpoint(
              slot, "replay", "pod-" + slot, address, 8000, Map.of(), new EndpointLoad(fleet)));
    }
    this.endpoints = List.copyOf(all);
  }

  @Override
  public int pick(KeyedRequest request, long nowNanos) {
    ScheduleRequest asked = ScheduleRequest.of(MODEL, view.prompt(request));
    return switch (scheduler.schedule(asked, endpoints, view.index(), nowNanos)) {
      case Decision.Picked picked -> {
        int slot = picked.endpoint().slot();
        reservations.put(request.id(), picked.reservation());
        view.routed(slot, request);
        yield slot;
      }
      case Decision.FilteredOut _, Decision.NoEndpoints _ -> NONE;
    };
  }

  @Override
  public void firstToken(KeyedRequest request, long nowNanos) {
    Reservation reservation = reservations.get(request.id());
    if (reservation != null) {
      reservation.firstToken(nowNanos);
    }
  }

  @Override
  public void ended(KeyedRequest request, long nowNanos) {
    Reservation reservation = reservations.remove(request.id());
    if (reservation != null) {
      reservation.release(nowNanos);
    }
    view.ended(request);
  }

  @Override
  public boolean scrapes() {
    return true;
  }

  @Override
  public void scrapeBegins(int pod, long nowNanos) {
    endpoints.get(pod).load().scrapeBegins(nowNanos);
  }

  @Override
  public void scraped(int pod, Gauges gauges) {
    endpoints.get(pod).load().observe(gauges);
  }

  @Override
  public boolean followsEvents() {
    return view.followsEvents();
  }

  @Override
  public void changed(int pod, BlockChanges changes) {
    view.changed(pod, changes);
  }

  PrefixView view() {
    return view;
  }
}
