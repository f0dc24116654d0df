//! The gradient of an op, as Burn's autodiff takes it: from the names of what goes in, what comes out and what the
//! backward kernel needs, [`autodiff`] writes all that is the same for every op.

use burn::backend::{
    Autodiff, AutodiffBackend, Backend, autodiff::checkpoint::strategy::CheckpointStrategy, tensor::FloatTensor,
};

/// Wraps a tensor that takes no part in the gradient (a saved statistic) for the autodiff backend.
pub(crate) fn untracked<B: Backend, C: CheckpointStrategy>(tensor: FloatTensor<B>) -> FloatTensor<Autodiff<B, C>> {
    <Autodiff<B, C> as AutodiffBackend>::from_inner(tensor)
}

/// `autodiff!(Kernel, Step; forward(x: float, ids: int, eps: (f32)) -> (y, r); backward(x: float, r: float, dy:
/// upstream) -> (x);)` implements the trait `Kernel` for `Autodiff`, whose backward pass is `Step`.
///
/// Of the forward pass the first output is tracked, the second is a statistic. The backward pass gets the arguments
/// and outputs that it names, `upstream` being the gradient of the first output, and gives the gradients of the
/// arguments behind its arrow. `where rows = weight.shape()[0]` keeps a number of them.
macro_rules! autodiff {
    (
        $kernel:ident, $step:ident;
        $forward:ident($($arg:ident: $kind:tt),* $(,)?) -> ($y:ident $(, $statistic:ident)?)
        $(where $number:ident = $value:expr)?;
        $backward:ident($($part:ident: $of:tt),* $(,)?) -> ($($parent:ident),+);
    ) => {
        #[derive(Debug)]
        struct $step;

        #[allow(unused_parens)] // a tuple of one
        impl<B: $kernel> burn::backend::autodiff::ops::Backward<B, { [$(stringify!($parent)),+].len() }> for $step {
            type State = ($($crate::kernels::autodiff::kept!(B, $of),)*);

            fn backward(
                self,
                ops: burn::backend::autodiff::ops::Ops<Self::State, { [$(stringify!($parent)),+].len() }>,
                grads: &mut burn::backend::autodiff::grads::Gradients,
                _: &mut burn::backend::autodiff::checkpoint::base::Checkpointer,
            ) {
                let upstream = grads.consume::<B>(&ops.node);
                let ($($part,)*) = ops.state;
                $(let $part = $crate::kernels::autodiff::part!($of, $part, upstream);)*
                let ($($parent),+) = B::$backward($($part),*);
                for (node, gradient) in ops.parents.into_iter().zip([$($parent),+]) {
                    if let Some(node) = node {
                        grads.register::<B>(node.id, gradient);
                    }
                }
            }
        }

        #[allow(unused_parens)] // a tuple of one
        impl<B: $kernel, C> $kernel for burn::backend::Autodiff<B, C>
        where
            C: burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy,
        {
            fn $forward(
                $($arg: $crate::kernels::autodiff::given!(Self, $kind)),*
            ) -> (FloatTensor<Self> $(, $crate::kernels::autodiff::given!(Self, $statistic float))?) {
                use burn::backend::autodiff::ops::{Backward, OpsKind};
                let nodes = [$($parent.node()),+];
                $(let $arg = $crate::kernels::autodiff::inner!($kind, $arg);)*
                $(let $number = $value;)?
                let ($y $(, $statistic)?) = B::$forward($($crate::kernels::autodiff::copy!($kind, $arg)),*);
                let tracked = match $step.prepare::<C>(nodes).compute_bound().stateful() {
                    OpsKind::Tracked(prep) => {
                        let state = ($($crate::kernels::autodiff::copy!($of, $part),)*);
                        prep.finish(state, $y)
                    }
                    OpsKind::UnTracked(prep) => prep.finish($y),
                };
                (tracked $(, $crate::kernels::autodiff::untracked::<B, C>($statistic))?)
            }

            fn $backward(
                $(_: $crate::kernels::autodiff::given!(Self, $of)),*
            ) -> ($($crate::kernels::autodiff::given!(Self, $parent float)),+) {
                unreachable!("gradients of gradients are not taken")
            }
        }
    };
}

/// The type of an argument over a backend; behind a name, of what is called so.
macro_rules! given {
    ($b:ty, float) => { FloatTensor<$b> };
    ($b:ty, upstream) => { FloatTensor<$b> };
    ($b:ty, int) => { IntTensor<$b> };
    ($b:ty, ($plain:ty)) => { $plain };
    ($b:ty, $name:ident float) => { FloatTensor<$b> };
}

/// The type of what is kept for the backward pass.
macro_rules! kept {
    ($b:ty, upstream) => {
        ()
    };
    ($b:ty, $kind:tt) => {
        $crate::kernels::autodiff::given!($b, $kind)
    };
}

/// An argument of the backward pass: what was kept, or the gradient that came.
macro_rules! part {
    (upstream, $name:ident, $upstream:ident) => {{
        let () = $name;
        $upstream
    }};
    ($kind:tt, $name:ident, $upstream:ident) => {
        $name
    };
}

/// A tensor of the autodiff backend as the backend below has it.
macro_rules! inner {
    (float, $name:ident) => {
        $name.into_parts().0
    };
    ($kind:tt, $name:ident) => {
        $name
    };
}

/// Tensors are shared.
macro_rules! copy {
    (upstream, $name:ident) => {
        ()
    };
    (($plain:ty), $name:ident) => {
        $name
    };
    ($kind:tt, $name:ident) => {
        $name.clone()
    };
}

pub(crate) use {autodiff, copy, given, inner, kept, part};
