"""Question frameworks as data: ordered fields with a help text (Cooke 2012 for SPIDER; JBI for PICo)."""

from dataclasses import dataclass

from reviewapp.reviews.choices import Framework


@dataclass(frozen=True)
class FrameworkField:
    key: str
    label: str
    help: str


FRAMEWORKS: dict[str, tuple[FrameworkField, ...]] = {
    Framework.SPIDER: (
        FrameworkField("sample", "Sample", "Whose experience is asked for."),
        FrameworkField("phenomenon", "Phenomenon of interest", "What they experienced or did."),
        FrameworkField("design", "Design", "How data were gathered: interviews, focus groups, observation."),
        FrameworkField("evaluation", "Evaluation", "What is reported: views, experiences, perceptions."),
        FrameworkField("research_type", "Research type", "Qualitative, quantitative or mixed."),
    ),
    Framework.PICO_CONTEXT: (
        FrameworkField("population", "Population", "Who the question is about."),
        FrameworkField("phenomenon", "Phenomenon of interest", "The experience, event or process."),
        FrameworkField("context", "Context", "Setting or culture in which it happens."),
    ),
    Framework.PICO: (
        FrameworkField("population", "Population", "Who the question is about."),
        FrameworkField("intervention", "Intervention", "What is done or offered."),
        FrameworkField("comparison", "Comparison", "What it is compared with."),
        FrameworkField("outcome", "Outcome", "What is looked at as a result."),
    ),
    Framework.SPICE: (
        FrameworkField("setting", "Setting", "Where."),
        FrameworkField("perspective", "Perspective", "For whom, from whose view."),
        FrameworkField("interest", "Intervention or interest", "What is offered or happens."),
        FrameworkField("comparison", "Comparison", "What it is compared with."),
        FrameworkField("evaluation", "Evaluation", "How success or meaning is judged."),
    ),
    Framework.PEO: (
        FrameworkField("population", "Population", "Who the question is about."),
        FrameworkField("exposure", "Exposure", "What they live with or went through."),
        FrameworkField("outcome", "Outcome", "Experiences or consequences that are reported."),
    ),
}
