#include "base/thread_pool.h"

#include <gtest/gtest.h>
#include <pthread.h>
#include <signal.h>

#include <atomic>
#include <cfenv>
#include <mutex>
#include <new>
#include <set>
#include <thread>
#include <vector>

namespace tern {
namespace {

TEST(ThreadPool, RangesCoverEveryItemOnceInWholeGrains) {
  for (int threads = 1; threads <= 4; ++threads) {
    ThreadPool pool(threads);
    EXPECT_EQ(pool.threads(), threads);
    for (const size_t n : {0u, 1u, 2u, 7u, 64u, 1000u}) {
      for (const size_t grain : {1u, 3u, 64u, 5000u}) {
        std::vector<std::atomic<int>> visits(n);
        std::atomic<int> odd_ranges{0};
        pool.parallel_for(n, grain, [&](size_t begin, size_t end) {
          if (begin >= end || end > n || begin % grain != 0 || (end % grain != 0 && end != n)) ++odd_ranges;
          for (size_t i = begin; i < end; ++i) visits[i].fetch_add(1, std::memory_order_relaxed);
        });
        EXPECT_EQ(odd_ranges, 0);
        for (size_t i = 0; i < n; ++i)
          ASSERT_EQ(visits[i], 1) << threads << " " << n << " " << grain << " " << i;
      }
    }
  }
}

TEST(ThreadPool, ManyLoopsInARowAndAfterAPause) {
  ThreadPool pool(4);
  std::vector<uint64_t> values(64, 0);  // not atomic: each loop must happen before the next
  for (int round = 0; round < 2000; ++round) {
    pool.parallel_for(values.size(), 4, [&](size_t begin, size_t end) {
      for (size_t i = begin; i < end; ++i) ++values[i];
    });
    if (round % 500 == 0)
      std::this_thread::sleep_for(std::chrono::milliseconds(20));  // workers have parked by then
  }
  for (const uint64_t value : values) EXPECT_EQ(value, 2000u);
}

TEST(ThreadPool, SeveralThreadsTakePart) {
  ThreadPool pool(3);
  std::mutex mutex;
  std::set<std::thread::id> seen;
  std::atomic<int> waiting{0};
  // Each of three ranges waits until all have begun, which needs three threads.
  pool.parallel_for(3, 1, [&](size_t, size_t) {
    ++waiting;
    while (waiting.load() < 3) std::this_thread::yield();
    const std::lock_guard lock(mutex);
    seen.insert(std::this_thread::get_id());
  });
  EXPECT_EQ(seen.size(), 3u);
}

TEST(ThreadPool, WorkersHaveTheDefaultFloatEnvironment) {
  std::fesetround(FE_UPWARD);  // a thread inherits this from its creator
  ThreadPool pool(2);
  reset_float_environment();
  std::atomic<int> waiting{0}, wrong{0};
  pool.parallel_for(2, 1, [&](size_t, size_t) {
    ++waiting;
    while (waiting.load() < 2) std::this_thread::yield();
    const volatile float one = 1.0f, little = 1e-8f;
    if (one + little != 1.0f) ++wrong;  // rounded upward
    const volatile float denormal = 1e-40f;
    if (denormal * 1.0f == 0.0f) ++wrong;
  });
  std::fesetround(FE_TONEAREST);
  EXPECT_EQ(wrong, 0);
}

TEST(ThreadPool, SignalsAreLeftToTheThreadsOfTheProgram) {
  const auto blocks = [](int signal) {
    sigset_t mask;
    pthread_sigmask(SIG_BLOCK, nullptr, &mask);
    return sigismember(&mask, signal) == 1;
  };
  ThreadPool pool(2);
  EXPECT_FALSE(blocks(SIGINT));
  const std::thread::id caller = std::this_thread::get_id();
  std::atomic<int> waiting{0}, wrong{0};
  pool.parallel_for(2, 1, [&](size_t, size_t) {
    ++waiting;
    while (waiting.load() < 2) std::this_thread::yield();
    const bool is_worker = std::this_thread::get_id() != caller;
    for (const int signal : {SIGINT, SIGTERM, SIGUSR1, SIGALRM}) wrong += blocks(signal) != is_worker;
    wrong += blocks(SIGSEGV);
  });
  EXPECT_EQ(wrong, 0);
}

TEST(ThreadPool, PoolsComeAndGo) {
  for (int i = 0; i < 50; ++i) ThreadPool pool(1 + i % 4);
}

TEST(ThreadPool, AvailableThreads) {
  EXPECT_GE(available_threads(), 1);
}

TEST(ThreadPool, WhatABodyThrowsComesOutWhenAllHaveEnded) {
  for (const int threads : {1, 2, 4}) {
    ThreadPool pool(threads);
    for (int round = 0; round < 200; ++round) {
      std::atomic<int> inside = 0;
      const auto body = [&](size_t begin, size_t) {
        ++inside;
        std::this_thread::yield();
        --inside;
        if (begin % 3 == 0) throw std::bad_alloc();
      };
      EXPECT_THROW(pool.parallel_for(40, 1, body), std::bad_alloc);
      EXPECT_EQ(inside, 0);
    }
    std::atomic<size_t> sum = 0;  // the pool is as good as new
    pool.parallel_for(100, 7, [&](size_t begin, size_t end) {
      for (size_t i = begin; i < end; ++i) sum += i;
    });
    EXPECT_EQ(sum, 4950u);
  }
}

}  // namespace
}  // namespace tern
