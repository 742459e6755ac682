export { init } from "echarts/core";
import { use } from "echarts/core";
import { CustomChart, LineChart, ParallelChart, ScatterChart } from "echarts/charts";
import { DataZoomInsideComponent, GridComponent, ParallelComponent, TooltipComponent } from "echarts/components";
import { CanvasRenderer } from "echarts/renderers";
use([CustomChart, LineChart, ParallelChart, ScatterChart, DataZoomInsideComponent, GridComponent, ParallelComponent, TooltipComponent, CanvasRenderer]);
