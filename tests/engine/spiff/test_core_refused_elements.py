"""Everything the Modeler can draw that is not run: refused by name, with the way round it.

The keys are the rows of the designer's guide, section 4; a house test holds both together. Event
definitions carry ids of their own, as the Modeler writes them.
"""

from __future__ import annotations

import pytest

from app.engine.spiff import load_definition
from app.errors import DefinitionError
from app.messages import sentence
from spiff_diagrams import (
    boundary,
    catch,
    chain,
    each,
    el,
    end,
    file,
    gateway,
    message,
    on_error,
    on_message,
    process,
    start,
    sub,
    timer,
    user,
)


def of(kind: str, inner: str = "") -> str:
    """Return an event definition with an id, as the Modeler writes it."""
    return (
        f'<bpmn:{kind}EventDefinition id="{kind}_definition">{inner}</bpmn:{kind}EventDefinition>'
    )


def between(element: str, more: str = "") -> bytes:
    """A process s → X → e."""
    return file(process("p", [start(), element, end()], chain("s", "X", "e")), more)


def begun(event: str) -> bytes:
    """A process with a second start X."""
    elements = [start(), start("X", event), user("A"), end()]
    return file(process("p", elements, [*chain("s", "A", "e"), ("X", "A")]))


def ended(event: str) -> bytes:
    """A process that ends with X."""
    return file(process("p", [start(), end("X", event)], [("s", "X")]))


def thrown(event: str) -> bytes:
    return between(el("intermediateThrowEvent", "X", inner=event))


def caught(event: str, more: str = "") -> bytes:
    return between(catch("X", event), more)


def attached(event: str, *, interrupting: bool = True, more: str = "") -> bytes:
    """A task with X on its border."""
    on = boundary("X", "A", event, interrupting=interrupting)
    elements = [start(), user("A"), on, end(), end("e2")]
    return file(process("p", elements, [*chain("s", "A", "e"), ("X", "e2")]), more)


def several(event: str) -> list[bytes]:
    """Every place where the Modeler can draw an event of this kind."""
    return [begun(event), caught(event), thrown(event), ended(event), attached(event)]


def marked(marker: str, **attributes: str) -> bytes:
    return between(el("userTask", "X", inner=marker, **attributes))


CARDINALITY = (
    '<bpmn:multiInstanceLoopCharacteristics id="mi"><bpmn:loopCardinality id="lc">3'
    "</bpmn:loopCardinality></bpmn:multiInstanceLoopCharacteristics>"
)
INSIDE = [start("Xs"), user("I"), end("Xe")], chain("Xs", "I", "Xe")

# Row of the guide: the words that name the way round, and every drawing of it.
REFUSED: dict[str, tuple[str, list[bytes]]] = {
    "信号": ("消息事件", several(of("signal"))),
    "升级": ("非中断的边界定时事件", several(of("escalation"))),
    "补偿": ("普通的路径", [
        *several(of("compensate")), marked("", isForCompensation="true"),
    ]),
    "链接": ("顺序流", [caught(of("link")), thrown(of("link"))]),
    "条件事件": ("网关上写条件", [
        begun(of("conditional")), caught(of("conditional")), attached(of("conditional")),
        attached(of("conditional"), interrupting=False),
    ]),
    "取消事件": ("错误边界事件", [ended(of("cancel")), attached(of("cancel"))]),
    "一个事件几种触发": ("拆成几个事件", [
        caught(of("message") + of("timer")),
        between(el("intermediateCatchEvent", "X", inner=of("timer"), parallelMultiple="true")),
    ]),
    "周期定时在中间捕获、中断的边界": ("时长或日期", [
        caught(timer("R/P1D", "timeCycle")), attached(timer("R/P1D", "timeCycle")),
    ]),
    "错误作开始或中间事件、非中断的错误边界": ("错误", [
        begun(on_error()), caught(on_error()), thrown(on_error()),
        attached(on_error(), interrupting=False),
    ]),
    "定时作抛出或结束事件": ("中间捕获：消息、定时", [
        thrown(timer("P1D")), ended(timer("P1D")),
    ]),
    "终止作其他事件": ("结束：无、消息、错误、终止", [
        begun(of("terminate")), thrown(of("terminate")), attached(of("terminate")),
    ]),
    "无触发的中间捕获、边界": ("中间捕获：消息、定时", [caught(""), attached("")]),
    "消息名称、错误代码写成表达式": ("固定的文字", [
        caught(on_message("m"), '<bpmn:message id="m" name="=x"/>'),
        attached(on_error("er"), more='<bpmn:error id="er" errorCode="=x"/>'),
    ]),
    "标准循环": ("排他网关画出循环", [
        marked('<bpmn:standardLoopCharacteristics id="loop"/>'),
    ]),
    "多实例写基数": ("输入集合", [marked(CARDINALITY)]),
    "事件子流程": ("边界上放消息事件或定时事件", [
        file(process("p", [
            start(), user("A"), end(), el("subProcess", "X", triggeredByEvent="true"),
        ], chain("s", "A", "e"))),
    ]),
    "子流程由消息、定时开始": ("普通开始事件", [
        between(sub("X", [start("Xs", timer("P1D")), end("Xe")], [("Xs", "Xe")])),
    ]),
    "事务": ("普通子流程加错误边界事件", [between(el("transaction", "X"))]),
    "临时（ad-hoc）子流程": ("多实例活动", [between(el("adHocSubProcess", "X"))]),
    "由接收任务、事件网关发起流程": ("消息开始事件", [
        between(el("receiveTask", "X", messageRef="m", instantiate="true"), message("m", "=1")),
        between(gateway("eventBased", "X", instantiate="true")),
    ]),
    "脚本任务的程序代码": ("FEEL 表达式", [
        between(el("scriptTask", "X", inner="<bpmn:script>import os</bpmn:script>")),
    ]),
    "调用由表达式决定的流程": ("网关", [
        between(el("callActivity", "X", '<zeebe:calledElement processId="=a"/>')),
    ]),
    "数据关联": ("输入、输出映射", [
        marked('<bpmn:dataInputAssociation id="di"/>'),
        marked('<bpmn:dataOutputAssociation id="do"/>'),
        marked("<bpmn:ioSpecification/>"),
    ]),
    "循环数据": ("输入集合与输出集合", [
        marked('<bpmn:multiInstanceLoopCharacteristics id="mi"><bpmn:loopDataInputRef>x'
               "</bpmn:loopDataInputRef></bpmn:multiInstanceLoopCharacteristics>"),
    ]),
    "复杂网关": ("包容网关", [between(el("complexGateway", "X"))]),
    "并行的事件网关": ("并行网关", [
        between(gateway("eventBased", "X", eventGatewayType="Parallel")),
    ]),
    "编排、会话": ("一览表", [between(el("choreographyTask", "X"))]),
    "任务出口上的条件流": ("网关", [
        file(process("p", [start(), user("A"), end()], [("s", "A"), ("A", "e", "=x", "X")])),
    ]),
    "其他 `zeebe:` 扩展（嵌入表单 `userTaskForm`、`adHoc`、`linkedResources`……）": ("一览表", [
        between(user("X", ext="<zeebe:adHoc/>")),
        between(user("X", ext="<zeebe:linkedResources/>")),
    ]),
}  # fmt: skip
CASES = [(row, number) for row, (_, drawings) in REFUSED.items() for number in range(len(drawings))]


@pytest.mark.parametrize(("row", "number"), CASES)
def test_element_is_refused_with_the_way_round_it(row: str, number: int) -> None:
    alternative, drawings = REFUSED[row]

    with pytest.raises(DefinitionError) as caught_error:
        load_definition({"folder/p.bpmn": drawings[number]}, "p")

    error = caught_error.value
    assert (error.file, error.element) == ("folder/p.bpmn", "X")
    assert error.code.startswith("definition.")
    assert alternative in sentence(error)


def test_loop_without_a_collection_names_its_activity() -> None:
    with pytest.raises(DefinitionError) as caught_error:
        load_definition({"p.bpmn": marked(each("=a", into="b"))}, "p")

    assert caught_error.value.element == "X"
