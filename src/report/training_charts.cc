#include "report/training_charts.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string_view>

namespace tern {
namespace {

enum class PartStyle {
  kLine,
  kDots,
  kSmoothed  ///< faintly as it is, and smoothed over it
};

struct Part {
  std::string field, label;
  PartStyle style = PartStyle::kLine;
};

struct Plan {
  const char *id, *title, *about, *y_label;
  bool logarithmic;
  std::vector<Part> parts;
};

const std::vector<Plan>& plans() {
  static const std::vector<Plan> kPlans = {
      {"loss",
       "Loss",
       "Training loss, smoothed, and loss on held-out data.",
       "nats a target",
       false,
       {{"loss", "training", PartStyle::kSmoothed}, {"held_out_loss", "held-out", PartStyle::kDots}}},
      {"margin",
       "DPO: margin",
       "Reward of the chosen answer less that of the other, mean of a step's pairs.",
       "reward",
       false,
       {{"margin", "margin", PartStyle::kSmoothed}}},
      {"accuracy",
       "DPO: accuracy",
       "Share of a step's pairs whose chosen answer has the greater reward.",
       "share of pairs",
       false,
       {{"accuracy", "accuracy", PartStyle::kSmoothed}}},
      {"teacher",
       "Distance from the teacher",
       "Divergence of the student's predictions, and of its attention's relations, from the teacher's.",
       "nats",
       false,
       {{"logits_divergence", "predictions", PartStyle::kSmoothed},
        {"attention_divergence", "attention", PartStyle::kSmoothed}}},
      {"learning-rate",
       "Schedule: learning rate",
       "Learning rate of each step.",
       "learning rate",
       false,
       {{"learning_rate", "learning rate"}}},
      {"weight-decay",
       "Schedule: weight decay",
       "Weight decay of each step.",
       "weight decay",
       false,
       {{"weight_decay", "weight decay"}}},
      {"lambda",
       "Schedule: from dense to ternary",
       "Share of the way from dense to ternary weights.",
       "lambda",
       false,
       {{"lambda", "lambda"}}},
      {"gradient-norm",
       "Gradient norm",
       "Norm of the gradient before it is clipped.",
       "norm",
       true,
       {{"grad_norm", "gradient norm", PartStyle::kSmoothed}}},
      {"trits",
       "Trits",
       "Shares of -1, 0 and +1 among the weights of all linears.",
       "share of weights",
       false,
       {{"trits.negative", "-1"}, {"trits.zero", "0"}, {"trits.positive", "+1"}}},
      {"zeros-by-kind",
       "Zero trits by kind of linear",
       "Share of 0 among the weights of each kind of linear.",
       "share of weights",
       false,
       {{"trits_by_kind.q_proj.zero", "q"},
        {"trits_by_kind.k_proj.zero", "k"},
        {"trits_by_kind.v_proj.zero", "v"},
        {"trits_by_kind.o_proj.zero", "o"},
        {"trits_by_kind.gate_proj.zero", "gate"},
        {"trits_by_kind.up_proj.zero", "up"},
        {"trits_by_kind.down_proj.zero", "down"}}},
      {"flips",
       "Trit flips a step",
       "Share of weights whose trit differs from that of the step before.",
       "share of weights",
       true,
       {{"trits.flips", "flips", PartStyle::kSmoothed}}},
      {"sparsity",
       "Activation sparsity",
       "Share of zeros behind the gate and in the int8 input of the down projection, mean over layers.",
       "share of zeros",
       false,
       {{"gate_zeros", "behind the gate"}, {"down_zeros", "int8 input of down"}}},
      {"speed",
       "Speed",
       "Tokens trained on a second.",
       "tokens/s",
       false,
       {{"tokens_per_second", "tokens/s"}}},
      {"mfu",
       "Model FLOPs utilization",
       "Operations that the model needs, as a share of the machine's float32 peak.",
       "share of the peak",
       false,
       {{"mfu", "MFU"}}},
  };
  return kPlans;
}

/// One stage of one run.
struct Source {
  const TrainingRun* run;
  const MetricsLog* log;
  size_t number;  ///< of the run
};

/// Gives a chart's lines their labels and colours.
class Painter {
 public:
  explicit Painter(bool several_runs) : several_(several_runs) {}

  void add(Chart& chart, const Source& source, size_t parts, size_t part, Line line) const {
    const std::string& name = source.run->name;
    if (several_) line.label = parts == 1 ? name : fmt::format("{}: {}", name, line.label);
    line.colour = several_ ? source.number : part;
    line.dash = several_ ? part : part / kChartColours;
    chart.lines.push_back(std::move(line));
  }

 private:
  bool several_;
};

/// In points: a hundredth of what is drawn.
double half_life_of(size_t points) {
  return static_cast<double>(points) / 100;
}

Chart draw(const Plan& plan, std::span<const Source> sources, const Painter& painter) {
  Chart chart{.id = plan.id,
              .title = plan.title,
              .about = plan.about,
              .x_label = "step",
              .y_label = plan.y_label,
              .logarithmic = plan.logarithmic,
              .whole_x = true,
              .lines = {}};
  for (const Source& source : sources) {
    for (size_t i = 0; i < plan.parts.size(); ++i) {
      const Part& part = plan.parts[i];
      const Curve* const curve = source.log->find(part.field);
      if (curve == nullptr || curve->count() == 0) continue;
      const auto add = [&](std::vector<Point> points, LineStyle style) {
        painter.add(chart, source, plan.parts.size(), i, {part.label, std::move(points), style, 0, 0});
      };
      if (part.style == PartStyle::kSmoothed) {
        add(curve->points(), LineStyle::kFaint);
        add(smoothed_loss(*curve), LineStyle::kLine);
      } else {
        add(curve->points(), part.style == PartStyle::kDots ? LineStyle::kDots : LineStyle::kLine);
      }
    }
  }
  return chart;
}

/// What the last look found in each layer.
Chart draw_layers(std::span<const Source> sources, const Painter& painter) {
  Chart chart{.id = "sparsity-by-layer",
              .title = "Activation sparsity by layer",
              .about = "Share of zeros in each layer when it was last looked at.",
              .x_label = "layer",
              .y_label = "share of zeros",
              .logarithmic = false,
              .whole_x = true,
              .lines = {}};
  const Part parts[] = {{"gate_zeros", "behind the gate"}, {"down_zeros", "int8 input of down"}};
  for (const Source& source : sources) {
    for (size_t i = 0; i < std::size(parts); ++i) {
      const auto found = source.log->arrays.find(parts[i].field);
      if (found == source.log->arrays.end()) continue;
      Curve curve;
      for (size_t layer = 0; layer < found->second.size(); ++layer)
        curve.add({static_cast<double>(layer), found->second[layer]});
      painter.add(chart, source, std::size(parts), i,
                  {parts[i].label, curve.points(), LineStyle::kDots, 0, 0});
    }
  }
  return chart;
}

}  // namespace

std::vector<Point> smoothed_loss(const Curve& loss) {
  const std::vector<Point> means = loss.means();
  return smoothed(means, half_life_of(means.size()));
}

std::vector<StageCharts> training_charts(std::span<const TrainingRun> runs) {
  struct Stage {
    std::string name;
    int64_t number;
    std::vector<Source> sources;
  };
  std::vector<Stage> stages;
  for (size_t i = 0; i < runs.size(); ++i) {
    for (const MetricsLog& log : runs[i].stages) {
      auto stage =
          std::find_if(stages.begin(), stages.end(), [&](const Stage& s) { return s.name == log.stage; });
      if (stage == stages.end()) stage = stages.insert(stage, {log.stage, log.stage_number, {}});
      stage->number = std::min(stage->number, log.stage_number);
      stage->sources.push_back({&runs[i], &log, i});
    }
  }
  std::stable_sort(stages.begin(), stages.end(),
                   [](const Stage& a, const Stage& b) { return a.number < b.number; });
  const Painter painter(runs.size() > 1);
  std::vector<StageCharts> all;
  for (const Stage& stage : stages) {
    StageCharts& own = all.emplace_back(StageCharts{stage.name, {}});
    for (const Plan& plan : plans()) own.charts.push_back(draw(plan, stage.sources, painter));
    own.charts.push_back(draw_layers(stage.sources, painter));
    std::erase_if(own.charts, [](const Chart& chart) { return chart.empty(); });
  }
  return all;
}

}  // namespace tern
